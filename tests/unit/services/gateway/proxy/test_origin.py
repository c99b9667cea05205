"""What EXPERIMENTS_ORIGIN may be."""

from __future__ import annotations

import pytest

from libs.common.errors import Misconfigured
from services.gateway.proxy.origin import Origin
from tests.conftest import MakeSettings


def test_unset_means_the_gateways_own(make_settings: MakeSettings) -> None:
    assert Origin.of(make_settings()) is None


@pytest.mark.parametrize(
    ("origin", "port", "listened"),
    [
        ("http://127.0.0.1:8081", None, 8081),
        ("https://experiments.example.org", 8081, 8081),
        ("https://experiments.example.org", None, 443),
        ("https://experiments.example.org/", None, 443),
        ("http://experiments.localhost:9000", 9001, 9001),
    ],
)
def test_where_it_is_and_where_it_is_listened_for(
    make_settings: MakeSettings, origin: str, port: int | None, listened: int
) -> None:
    found = Origin.of(make_settings(experiments_origin=origin, experiments_port=port))

    assert found is not None
    assert (str(found.url.origin()), found.port) == (origin.rstrip("/"), listened)


@pytest.mark.parametrize(
    "origin",
    [
        "experiments.example.org",
        "ftp://experiments.example.org",
        "https://experiments.example.org/x",
        "https://user@experiments.example.org",
        "https://experiments.example.org?x=1",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:8080",
        "http://elsewhere.example:8080",
    ],
)
def test_what_is_no_origin_of_its_own(make_settings: MakeSettings, origin: str) -> None:
    with pytest.raises(Misconfigured, match="EXPERIMENTS_ORIGIN"):
        Origin.of(make_settings(experiments_origin=origin))
