"""The results member of a dump."""

from __future__ import annotations

import pytest

from libs.common.errors import InvalidInput
from services.benchmarks.results.document import FrontPoint, ResultsDocument, read_results
from tests.unit.services.benchmarks.results.results import result


def test_there_and_back() -> None:
    front = (FrontPoint(coverage=1.0, fairness=2.0, preferences=3.0),)
    document = ResultsDocument(
        results=(result(front=front), result(status="failed", kpis=None, error="out of memory"))
    )
    assert read_results(document.as_json()) == document


def test_unknown_members_are_ignored() -> None:
    assert read_results(b'{"format": 2, "colour": "blue", "results": []}').format == 2


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{", b'{"results": [1]}', b'{"results": [{"run": "r"}]}', b"\xff"]
)
def test_documents_that_are_not_in_order(data: bytes) -> None:
    with pytest.raises(InvalidInput) as error:
        read_results(data)
    assert all(str(problem.path).startswith("benchmark_results.json") for problem in error.value.problems)


def test_endless_faults_are_cut() -> None:
    data = b'{"results": [' + b",".join([b"1"] * 10_000) + b"]}"
    with pytest.raises(InvalidInput) as error:
        read_results(data)
    assert len(error.value.problems) == 100
