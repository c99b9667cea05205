"""All checks of an experiment's unpacked files; nothing of them is run (DESIGN §6, the seed's pre-upload checklist)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Final

from libs.common.errors import Problem
from libs.common.limits import MIB
from libs.common.manifest.leaving import is_secret
from libs.common.manifest.model import MANIFEST, REQUIRED_FILES, Manifest, read_manifest
from libs.common.registry import OURS
from services.importer import pages
from services.importer.code.check import check_code
from services.importer.code.modules import Modules
from services.importer.code.parse import parse_files
from services.importer.requirements import REQUIREMENTS, Requirements, read_requirements, unprovided_imports

MAX_SOURCES: Final = 5_000
"""Python files that are parsed; real experiments have some dozens."""
MAX_TEXT: Final = MIB
"""Bytes of a page, a manifest or a requirements file that is read whole."""
MAX_FINDINGS: Final = 200
"""Problems, and warnings, that are listed; nobody reads more at once."""


@dataclass(frozen=True)
class Checked:
    """What the checks found. The files may be installed if there are no problems; then there is a manifest."""

    manifest: Manifest | None
    problems: list[Problem]
    warnings: list[Problem]


def check_files(root: Path, paths: Iterable[str], slug: str) -> Checked:
    """Check the files of one experiment by their paths below `root`."""
    present = frozenset(paths)
    manifest, problems = _read_manifest(root, present)
    sources = sorted(path for path in present if path.endswith(".py"))
    facts = parse_files(root, sources[:MAX_SOURCES])
    modules = Modules(slug, facts, present)
    code_problems, warnings = check_code(modules)
    required = _read_requirements(root, present)
    problems += [*missing_files(present), *code_problems, *required.problems]
    if len(sources) > MAX_SOURCES:
        problems.append(_too_many_sources(len(sources)))
    warnings += required.warnings
    warnings += unprovided_imports(modules, required.wanted)
    warnings += _page_hints(root, present, slug, modules)
    warnings += _name_hints(present, manifest)
    return Checked(manifest, problems[:MAX_FINDINGS], warnings[:MAX_FINDINGS])


def missing_files(present: Iterable[str]) -> Iterator[Problem]:
    """A problem for each required file that is not there, naming one that differs in case only."""
    by_case = {path.casefold(): path for path in present}
    for name in REQUIRED_FILES:
        found = by_case.get(name)
        if found == name:
            continue
        yield Problem(
            category="file",
            code="missing-file",
            path=name,
            message=f"The file {name} is missing.",
            remedy=f"Rename {found} to {name}." if found else f"Add {name} to the root of the ZIP.",
        )


def _read_manifest(root: Path, present: frozenset[str]) -> tuple[Manifest | None, list[Problem]]:
    if MANIFEST not in present:
        return None, []
    if (root / MANIFEST).stat().st_size > MAX_TEXT:
        return None, [_too_large(MANIFEST)]
    return read_manifest((root / MANIFEST).read_bytes())


def _read_requirements(root: Path, present: frozenset[str]) -> Requirements:
    if REQUIREMENTS not in present:
        return Requirements()
    if (root / REQUIREMENTS).stat().st_size > MAX_TEXT:
        return Requirements(problems=[_too_large(REQUIREMENTS)])
    return read_requirements((root / REQUIREMENTS).read_bytes())


def _page_hints(root: Path, present: frozenset[str], slug: str, modules: Modules) -> Iterator[Problem]:
    named = list(pages.templates_in_code(modules.facts))
    for path, content in _pages(root, present):
        yield from pages.relative_static_paths(slug, path, content)
        named += pages.templates_in_page(path, content)
    yield from pages.missing_templates(present, iter(named))


def _pages(root: Path, present: frozenset[str]) -> Iterator[tuple[str, bytes]]:
    for path in sorted(filter(pages.is_page, present)):
        if (root / path).stat().st_size <= MAX_TEXT:
            yield path, (root / path).read_bytes()


def _name_hints(present: frozenset[str], manifest: Manifest | None) -> Iterator[Problem]:
    lower = {"templates", "static", REQUIREMENTS}
    tops = {path.split("/")[0] for path in present}
    for name in sorted(top for top in tops if top not in lower and top.casefold() in lower):
        message = f"{name} differs in case from {name.casefold()}, which the platform looks for."
        yield _hint("misspelled-case", name, message, f"Rename it to {name.casefold()}.")
    for path in islice(sorted(path for path in present if is_secret(PurePosixPath(path).name)), 20):
        message = "The file looks like a secret; exports leave it out."
        yield _hint("perhaps-secret", path, message, "Keep secrets out of experiments.")
    taken: Mapping[str, object] = (manifest.model_extra or {}) if manifest else {}
    for key in sorted(OURS.intersection(taken)):
        message = f"The key {key} is the platform's own; it stays in the file and counts for nothing."
        yield _hint("platform-key", f"{MANIFEST}: {key}", message, "Remove the key.")


def _hint(code: str, path: str, message: str, remedy: str) -> Problem:
    return Problem(category="file", code=code, path=path, message=message, remedy=remedy)


def _too_large(path: str) -> Problem:
    message = f"The file is larger than {MAX_TEXT} bytes."
    return Problem(category="limit", code="file-too-large", path=path, message=message, remedy="Shorten it.")


def _too_many_sources(count: int) -> Problem:
    message = f"There are {count} Python files; {MAX_SOURCES} are allowed."
    return Problem(
        category="limit", code="too-many-sources", message=message, remedy="Leave out what is not needed."
    )
