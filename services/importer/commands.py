"""`manage.py check-upload ZIP`: the seed's pre-upload checklist, offline and without changing anything."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydantic import BaseModel
from rich.console import Console
from rich.markup import escape

from libs.common.archive.limits import ArchiveLimits
from libs.common.errors import Problem
from libs.common.limits import Limits
from services.importer.examine import Examined, InvalidUpload, Upload, examine

FINE, PROBLEMS, USAGE = 0, 1, 2
MAX_SHOWN: Final = 20
"""Names of one kind that are shown to people; `--json` has all."""


@dataclass(frozen=True)
class Item:
    """A line of the checklist, and the codes of problems and warnings that concern it."""

    title: str
    codes: Collection[str] = field(default_factory=frozenset)
    paths: Collection[str] = field(default_factory=frozenset)

    def concerns(self, problem: Problem) -> bool:
        return problem.code in self.codes or (problem.path in self.paths and problem.code == "missing-file")


CHECKLIST: Final = (
    Item(
        "manifest.json at the root or in experiments/{slug}/",
        {"invalid-index", "manifest-invalid-json", "manifest-invalid-value", "manifest-not-an-object"},
        {"manifest.json"},
    ),
    Item("actor.py with class ExperimentActor", {"no-actor-class", "actor-not-remote"}, {"actor.py"}),
    Item("__init__.py with router bp", {"no-router"}, {"__init__.py"}),
    Item("Python that parses, with all its modules", {"syntax-error", "missing-module"}),
    Item("no platform files", {"perhaps-platform-file"}),
    Item(
        "requirements.txt with the experiment's own requirements only",
        {"platform-package", "invalid-requirement", "import-not-provided", "pip-option"},
    ),
    Item("static paths like /experiments/{slug}/static/", {"relative-static-path"}),
    Item("templates that are there", {"missing-template"}),
    Item(
        "one valid slug",
        {"slug-unknown", "slug-disagreement", "invalid-slug", "reserved-slug", "several-experiments"},
    ),
)
"""The seed's checklist, in its order."""


class Report(BaseModel):
    """What a check found. `slug`, `digest` and the lists of files are known only where there are no problems."""

    slug: str | None = None
    digest: str | None = None
    files: list[str] = []
    dropped: list[str] = []
    rewritten: list[str] = []
    problems: list[Problem] = []
    warnings: list[Problem] = []

    @property
    def ok(self) -> bool:
        return not self.problems


def check_upload(path: Path, *, slug: str | None = None, limits: Limits | None = None) -> Report:
    """The checks of an import, with its limits. Raises: OSError."""
    with tempfile.TemporaryDirectory() as folder:
        upload = Upload(path, path.name, slug)
        try:
            examined = examine(upload, Path(folder, "tree"), ArchiveLimits.of_experiments(limits or Limits()))
        except InvalidUpload as error:
            return Report(problems=error.problems, warnings=error.warnings)
    return _report(examined)


def check_upload_command(path: Path, slug: str | None, *, as_json: bool) -> int:
    """Print the report; the exit code: 0 fine, 1 problems, 2 no such file."""
    try:
        report = check_upload(path, slug=slug)
    except OSError as error:
        Console(stderr=True).print(f"{escape(str(path))}: {error.strerror}", highlight=False)
        return USAGE
    if as_json:
        sys.stdout.write(report.model_dump_json(indent=2, exclude_none=True) + "\n")
    else:
        show(report, Console())
    return FINE if report.ok else PROBLEMS


def show(report: Report, console: Console) -> None:
    """The checklist with a mark per line, below each what concerns it, and then everything else."""
    found = [*report.problems, *report.warnings]
    for item in CHECKLIST:
        concerned = [problem for problem in found if item.concerns(problem)]
        bad = any(problem in report.problems for problem in concerned)
        mark = "[red]✗[/]" if bad else "[yellow]![/]" if concerned else _unmarked(report)
        console.print(f"{mark} {escape(item.title)}", highlight=False)
        _show_problems(concerned, console)
    _show_problems(
        [problem for problem in found if not any(item.concerns(problem) for item in CHECKLIST)], console
    )
    _show_names("left out, as no part of the experiment", report.dropped, console)
    _show_names("with links to change to the new slug", report.rewritten, console)
    if report.ok:
        console.print(
            f"[green]{report.slug} can be uploaded[/] ({len(report.files)} files).", highlight=False
        )
    else:
        console.print(f"[red]It cannot be uploaded[/] (problems: {len(report.problems)}).", highlight=False)


def _unmarked(report: Report) -> str:
    """Where a ZIP could not be opened, nothing else was checked."""
    return "[green]✓[/]" if report.ok or any(map(_is_listed, report.problems)) else "[dim]?[/]"


def _is_listed(problem: Problem) -> bool:
    return any(item.concerns(problem) for item in CHECKLIST)


def _show_problems(problems: Sequence[Problem], console: Console) -> None:
    for problem in problems:
        place = ":".join(str(part) for part in (problem.path, problem.line) if part is not None)
        said = " ".join(
            part for part in (f"{place}:" if place else "", problem.message, problem.remedy) if part
        )
        console.print(f"    {escape(said)}", highlight=False, soft_wrap=True)


def _show_names(what: str, names: Sequence[str], console: Console) -> None:
    if names:
        more = f", and {len(names) - MAX_SHOWN} more" if len(names) > MAX_SHOWN else ""
        console.print(f"[dim]{what}:[/] {escape(', '.join(names[:MAX_SHOWN]))}{more}", highlight=False)


def _report(examined: Examined) -> Report:
    return Report(
        slug=examined.slug,
        digest=examined.digest,
        files=[file.path for file in examined.files],
        dropped=examined.dropped,
        rewritten=examined.rewritten,
        warnings=examined.warnings,
    )
