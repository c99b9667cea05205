from __future__ import annotations

import pytest

from services.gateway.events.entry import Entry, Interest

from .entries import entry


@pytest.mark.parametrize(
    ("interest", "of"),
    [
        (Interest(), entry()),
        (Interest(patterns=("import.*", "*.completed")), entry()),
        (Interest(subject="click"), entry()),
        (Interest(correlation_id="job"), entry()),
        (Interest(owner="ana@example.org"), entry(owner="ana@example.org")),
        (Interest(owner="ana@example.org"), entry(owner=None)),
    ],
)
def test_what_is_wanted(interest: Interest, of: Entry) -> None:
    assert interest.wants(of)


@pytest.mark.parametrize(
    ("interest", "of"),
    [
        (Interest(patterns=("import.*", "export.failed")), entry()),
        (Interest(subject="click"), entry(subject=None)),
        (Interest(subject="click"), entry(subject="clicks")),
        (Interest(correlation_id="job"), entry(correlation_id="other")),
        (Interest(owner="ana@example.org"), entry(owner="bob@example.org")),
        (Interest(patterns=("export.*",), subject="other"), entry()),
    ],
)
def test_what_is_not_wanted(interest: Interest, of: Entry) -> None:
    assert not interest.wants(of)


def test_indexes_find_what_is_named() -> None:
    assert Interest(patterns=("export.*",), owner="ana@example.org").criteria() == {}
    assert Interest(subject="a", correlation_id="b").criteria() == {"subject": "a", "correlation_id": "b"}
