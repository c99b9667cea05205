"""The table of faults says what the suite injects and asserts, row by row."""

from __future__ import annotations

import re

import pytest

from tests.integration.deploy.signs import FAULTS, SIGNS, Fault
from tests.servers.entrepot import ROOT

PAGE = (ROOT / "docs" / "observability.md").read_text()
ROWS = {
    title.strip(): (metrics, log)
    for title, metrics, log in re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \|$", PAGE, re.MULTILINE)
}
SILENT = "ready"
"""The fault leaves no line of its own; this one is of the start."""


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.title for fault in FAULTS])
def test_each_fault_has_its_row(fault: Fault) -> None:
    metrics, log = ROWS[fault.title]
    assert "entrepot_" in metrics or "`up`" in metrics or "the same" in metrics
    assert fault.event == SILENT or f"`{fault.event}`" in log


def test_there_are_ten_and_more_and_no_two_look_the_same() -> None:
    assert len(FAULTS) >= 10
    assert len({(fault.signs, fault.event) for fault in FAULTS}) == len(FAULTS)
    assert {sign for fault in FAULTS for sign in fault.signs} == SIGNS.keys()
