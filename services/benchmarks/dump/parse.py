"""From streamed JSON values to typed rows; every row is judged by itself here."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from libs.common.errors import Category
from services.benchmarks.dump.findings import Findings
from services.benchmarks.dump.rows import ENTRIES, MODELS, ROW, CompanyRow, EmployeeRow, EntryFields, ShiftRow
from services.benchmarks.dump.stream import BrokenStream, read_array
from services.benchmarks.dump.table import Numbered, Table

ALGORITHM_LIMIT = 1000
"""Names of algorithms in one dump; real ones have a handful."""
CONSTRAINTS = frozenset({"min-above-max", "greater_than", "greater_than_equal", "less_than_equal"})
"""Kinds of faults that a database would call a broken constraint."""
ROW_MEMBERS = ('"model"', '"pk"', '"fields"')
ENTRY_MEMBERS = ('"employee"', '"date"', '"shift"', '"company"', '"algorithm"')
CODES = {
    "extra_forbidden": "unknown-field",
    "missing": "missing-field",
    "union_tag_invalid": "unknown-model",
    "union_tag_not_found": "missing-model",
    "model_attributes_type": "not-a-row",
    "model_type": "not-an-object",
}
UNKNOWN_MODEL = f"Only rows of these models are read: {', '.join(MODELS)}."


def parse(chunks: Iterable[bytes], findings: Findings) -> Table:
    """Read all rows; what is wrong goes to `findings`."""
    reader = _Reader(findings)
    try:
        read_array(chunks, reader)
    except BrokenStream as broken:
        findings.add(broken.category, broken.code, broken.message, row=reader.read + 1, remedy=broken.remedy)
    else:
        if not reader.read:
            findings.add(
                "format", "empty-dump", "The dump has no rows.", remedy="Load the fixtures, then export."
            )
    return reader.table


class _Reader:
    """Receives the rows of a stream and keeps count."""

    def __init__(self, findings: Findings) -> None:
        self.table = Table()
        self.read = 0
        self._findings = findings

    def text(self, array: str) -> bool:
        """Entries straight from their text. It must name every member exactly once per row, since this parser
        would let a double one pass; an escaped name could hide one."""
        if "\\" in array:
            return False
        try:
            rows = ENTRIES.validate_json(array)
        except ValidationError:
            return False
        fields = [row["fields"] for row in rows]
        complete = all(len(row) == len(ROW_MEMBERS) for row in rows) and all(
            len(row) == len(ENTRY_MEMBERS) for row in fields
        )
        if not complete or any(array.count(member) != len(rows) for member in (*ROW_MEMBERS, *ENTRY_MEMBERS)):
            return False
        self._keep_entries(range(self.read + 1, self.read + 1 + len(rows)), fields)
        self.read += len(rows)
        return True

    def values(self, rows: list[object]) -> None:
        """Rows one by one, with all that is wrong with them."""
        entries: list[EntryFields] = []
        numbers: list[int] = []
        for number, element in enumerate(rows, start=self.read + 1):
            try:
                row = ROW.validate_python(element)
            except ValidationError as error:
                _report(error, number, self._findings)
                continue
            if isinstance(row, dict):
                entries.append(row["fields"])
                numbers.append(number)
            else:
                self._keep(row, number)
        self._keep_entries(numbers, entries)
        self.read += len(rows)

    def _keep(self, row: CompanyRow | ShiftRow | EmployeeRow, number: int) -> None:
        if isinstance(row, EmployeeRow):
            self.table.employees.append(Numbered(number, row))
        elif isinstance(row, ShiftRow):
            self.table.shifts.append(Numbered(number, row))
        else:
            self.table.companies.append(Numbered(number, row))

    def _keep_entries(self, numbers: Iterable[int], entries: list[EntryFields]) -> None:
        known = self.table.algorithms
        names = [entry.get("algorithm", "") for entry in entries]
        algorithms = [known.setdefault(name, len(known)) for name in names]
        if len(known) > ALGORITHM_LIMIT:
            message = f"A dump names at most {ALGORITHM_LIMIT} algorithms."
            raise BrokenStream("format", "too-many-algorithms", message, "Export the runs that matter.")
        self.table.entries.extend(numbers, entries, algorithms)


def _report(error: ValidationError, number: int, findings: Findings) -> None:
    if findings.full:
        findings.count("format", "invalid-row", error.error_count())
        return
    for detail in error.errors(include_url=False, include_input=False, include_context=False):
        category, code = _kind(detail)
        # The first part of a place is the model, by which the row was told apart.
        inner = "".join(f".{part}" for part in detail["loc"][1:])
        remedy = UNKNOWN_MODEL if code in {"unknown-model", "missing-model"} else None
        findings.add(category, code, detail["msg"], row=number, path=f"$[{number - 1}]{inner}", remedy=remedy)


def _kind(detail: ErrorDetails) -> tuple[Category, str]:
    kind = detail["type"]
    category: Category = "constraint" if kind in CONSTRAINTS else "format"
    return category, CODES.get(kind, kind.replace("_", "-"))
