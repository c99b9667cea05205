"""What docs/deployment.md tells people to type for Docker is typed, in the page's order."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.docker.stack import Stack
from tests.e2e.reading import Use, blocks
from tests.servers.entrepot import ROOT

PAGE = ROOT / "docs" / "deployment.md"
LOGS = ROOT / "docs" / "observability.md"

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1800)]


@pytest.fixture
def empty(project: Stack) -> Iterator[Stack]:
    yield project
    project.compose("down", "--volumes", "--timeout", "40")


def test_the_page(empty: Stack) -> None:
    for block in blocks(PAGE):
        if block.use is Use.DOCKER:
            empty.type_in(block.content)
            if " up " in block.content and " down" not in block.content:
                empty.wait_until_healthy()
                [logs] = [each.content for each in blocks(LOGS) if each.use is Use.DOCKER]
                empty.type_in(logs)
    assert empty.containers() == []
