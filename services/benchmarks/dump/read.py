"""Reads a dump from a file: a ZIP with `benchmark_dump.json`, or on the command line that file itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from libs.common.archive.entries import Entry
from libs.common.archive.limits import ArchiveLimits
from libs.common.archive.reader import Archive, open_archive
from libs.common.errors import InvalidInput, Problem
from libs.common.limits import Limits
from services.benchmarks.dump.check import check
from services.benchmarks.dump.content import JSON_MEMBER, RESULTS_MEMBER, DumpedCompany
from services.benchmarks.dump.findings import Findings
from services.benchmarks.dump.parse import parse
from services.benchmarks.results.document import ResultsDocument, read_results

OLD_EXPORT = "benchmark_export.json"
ZIP_MAGIC = b"PK"
CHUNK = 256 * 2**10
"""Bytes per read; what the ZIP reader gives too."""
RESULTS_LIMIT = 64 * 2**20
"""Bytes of `benchmark_results.json`; a thousand runs with fronts take a few MiB."""
EXPORT_AGAIN = "Export it again with `manage.py export_sql_dump` and take benchmark_dump.zip."


@dataclass(frozen=True, slots=True)
class Dump:
    """A dump that is in order."""

    companies: tuple[DumpedCompany, ...]
    results: ResultsDocument
    """Empty where the dump has none."""
    warnings: tuple[Problem, ...]

    @property
    def entries(self) -> int:
        return sum(len(roster) for company in self.companies for roster in company.rosters)


def read_dump(path: Path, limits: Limits, *, name: str | None = None, zip_only: bool = False) -> Dump:
    """Read and check everything; `name` is the file's name as the user knows it, if not that of `path`.

    Raises InvalidInput with every problem found, OSError if the file cannot be read.
    """
    _refuse_old_names(name or path.name)
    if _is_zip(path):
        with open_archive(path, ArchiveLimits.of_benchmarks(limits)) as archive:
            return _read_archive(archive)
    if zip_only:
        raise _refused("not-a-zip", "The file is not a ZIP archive.", EXPORT_AGAIN)
    with path.open("rb") as file:
        return read_rows(iter(lambda: file.read(CHUNK), b""))


def read_rows(chunks: Iterable[bytes], results: ResultsDocument | None = None) -> Dump:
    """Read and check the JSON array itself."""
    findings = Findings()
    table = parse(chunks, findings)
    companies = check(table, findings)
    if not companies and not findings.total:
        findings.add("format", "no-company", "The dump has rows, but no company.", remedy=EXPORT_AGAIN)
    findings.refuse()
    return Dump(companies, results or ResultsDocument(), tuple(findings.warnings))


def _read_archive(archive: Archive) -> Dump:
    members = {entry.name: entry for entry in archive.entries}
    results = None
    if RESULTS_MEMBER in members:
        results = read_results(archive.read_whole(members[RESULTS_MEMBER], limit=RESULTS_LIMIT))
    return read_rows(archive.read(_dump_member(members)), results)


def _dump_member(members: dict[str, Entry]) -> Entry:
    if JSON_MEMBER in members:
        return members[JSON_MEMBER]
    for member in members:
        _refuse_old_names(PurePosixPath(member).name)
    nested = [member for member in members if PurePosixPath(member).name == JSON_MEMBER]
    found = f" It has {nested[0]}; the member must not lie in a folder." if nested else ""
    raise _refused("no-dump", f"The archive has no member {JSON_MEMBER}.{found}", EXPORT_AGAIN)


def _refuse_old_names(name: str) -> None:
    if name.lower().endswith(".sql"):
        raise _refused("sql-dump", f"{name} is an SQL dump; only JSON dumps are read.", EXPORT_AGAIN)
    if name == OLD_EXPORT:
        raise _refused("old-export", f"{name} is of an older format that is no longer read.", EXPORT_AGAIN)


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(ZIP_MAGIC)) == ZIP_MAGIC


def _refused(code: str, message: str, remedy: str) -> InvalidInput:
    problem = Problem(category="file", code=code, message=message, remedy=remedy)
    return InvalidInput(message, problems=[problem])
