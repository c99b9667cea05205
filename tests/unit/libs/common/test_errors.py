"""Errors tell their place, their remedy and a code that never changes."""

from __future__ import annotations

from collections.abc import Iterator

import libs.common.blobs
import libs.common.bus
import libs.common.database.client  # noqa: F401  (defines errors)
from libs.common.errors import EntrepotError, InvalidInput, Problem


def every_error(root: type[EntrepotError] = EntrepotError) -> Iterator[type[EntrepotError]]:
    yield root
    for child in root.__subclasses__():
        yield from every_error(child)


def test_codes_are_unique() -> None:
    codes = [error.code for error in every_error()]

    assert len(codes) == len(set(codes))


def test_the_docstring_is_the_message() -> None:
    assert (
        InvalidInput().detail == InvalidInput.title() == "The input cannot be accepted; nothing was changed."
    )
    for error in every_error():
        assert error.title().endswith(".")


def test_problem_details_name_every_problem() -> None:
    problems = [Problem(category="code", code="a", message="m", path=f"{n}.py", line=n) for n in (1, 2)]

    body = InvalidInput("Two things.", problems=problems).as_problem_details()

    assert body["type"] == "urn:entrepot:problem:invalid-input"
    assert (body["status"], body["detail"]) == (422, "Two things.")
    assert [entry["path"] for entry in body["errors"]] == ["1.py", "2.py"]
    assert "row" not in body["errors"][0]
