"""Lines of a CSV file as models; what is wrong is noted, not raised, so that all problems are told at once."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from libs.common.errors import Problem

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Line(Generic[M]):
    """A line that fits its model, and where it stands."""

    file: str
    number: int
    value: M

    def problem(self, column: str, code: str, message: str) -> Problem:
        return Problem(
            category="constraint",
            code=code,
            path=f"{self.file}:{self.number}:{column}",
            line=self.number,
            message=message,
        )


def read_lines(path: Path, model: type[M], problems: list[Problem]) -> Iterator[Line[M]]:
    """Those that fit. Empty cells count as left out; a byte order mark, which spreadsheets write, does no harm."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restkey="")
            known = _known_columns(path.name, reader.fieldnames or (), model, problems)
            for cells in reader:
                given = {column: cells[column].strip() for column in known if (cells[column] or "").strip()}
                try:
                    yield Line(path.name, reader.line_num, model.model_validate(given))
                except ValidationError as error:
                    problems += _problems(path.name, reader.line_num, error)
    except (UnicodeDecodeError, csv.Error) as error:
        message = f"The file cannot be read: {error}."
        problems.append(Problem(category="file", code="bad-csv", path=path.name, message=message))


def _known_columns(
    file: str, columns: Sequence[str], model: type[BaseModel], problems: list[Problem]
) -> list[str]:
    """A column that is misspelt would otherwise silently be left out."""
    problems += [
        Problem(
            category="format",
            code="unknown-column",
            path=f"{file}:1:{column}",
            line=1,
            message=f"There is no column {column!r}.",
            remedy=f"Columns are {', '.join(model.model_fields)}.",
        )
        for column in columns
        if column not in model.model_fields
    ]
    return [column for column in columns if column in model.model_fields]


def _problems(file: str, line: int, error: ValidationError) -> Iterator[Problem]:
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        column = str(detail["loc"][0]) if detail["loc"] else "-"
        yield Problem(
            category="format",
            code="bad-csv",
            path=f"{file}:{line}:{column}",
            line=line,
            message=detail["msg"].rstrip(".") + ".",
        )
