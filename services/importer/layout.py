"""Where in a ZIP the experiment lies, and what in it is something else (DESIGN §6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from libs.common.archive.clashes import check_clashes
from libs.common.archive.entries import Entry
from libs.common.errors import Problem
from libs.common.manifest.files import litter_in
from libs.common.manifest.model import REQUIRED_FILES
from services.importer.platform_files import doubts, platform_files

EXPERIMENTS: Final = "experiments"
Folder = tuple[str, ...]
"""A path's parts; empty for the root of the ZIP."""


@dataclass(frozen=True)
class Layout:
    """`files` by their paths in the experiment's folder; `dropped` names what is no part of it.

    `folder` is the `{slug}` of `experiments/{slug}/`, `wrapper` the name of any other folder that holds the experiment.
    """

    files: dict[str, Entry]
    dropped: list[str] = field(default_factory=list)
    folder: str | None = None
    wrapper: str | None = None
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


def find_layout(entries: Iterable[Entry], wanted: str | None) -> Layout:
    """Find the experiment; `wanted` is the slug that the request named, which chooses where a ZIP holds several."""
    dropped: dict[str, None] = {}
    present: dict[str, Entry] = {}
    for entry in entries:
        if entry.is_folder:
            continue
        if litter := litter_in(entry.name):
            dropped[litter] = None
        else:
            present[entry.name] = entry
    roots = _roots(list(present), wanted)
    if len(roots) > 1:
        return Layout({}, problems=[_several(roots)])
    root = roots[0]
    files, problems = _take(present, root)
    prefix = "".join(f"{part}/" for part in root)
    dropped |= dict.fromkeys(name for name in present if not name.startswith(prefix))
    ours = platform_files(files)
    dropped |= dict.fromkeys(files[path].name for path in ours)
    kept = {path: entry for path, entry in files.items() if path not in ours}
    is_home = len(root) > 1 and root[-2] == EXPERIMENTS
    return Layout(
        files=dict(sorted(kept.items())),
        dropped=sorted(dropped),
        folder=root[-1] if is_home else None,
        wrapper=root[-1] if root and not is_home else None,
        problems=problems,
        warnings=doubts(kept, ours),
    )


def _roots(names: Sequence[str], wanted: str | None) -> list[Folder]:
    """Folders that hold the experiment: one, or several between which nothing decides."""
    holders = Counter(
        tuple(folders)
        for *folders, name in (path.split("/") for path in names)
        if name.casefold() in REQUIRED_FILES
    )
    homes = {home for holder in holders if (home := _home(holder))}
    if homes:
        return _choose(sorted(homes), wanted)
    if not holders:
        return [_common_folder(names)]
    best = max((count, -len(folder)) for folder, count in holders.items())
    fitting = [folder for folder, count in holders.items() if (count, -len(folder)) == best]
    return _choose(sorted(fitting), wanted)


def _choose(folders: list[Folder], wanted: str | None) -> list[Folder]:
    return [folder for folder in folders if folder and folder[-1] == wanted] or folders


def _home(folder: Folder) -> Folder | None:
    """The outermost `…/experiments/{slug}` of a path."""
    if EXPERIMENTS not in folder[:-1]:
        return None
    return folder[: folder.index(EXPERIMENTS) + 2]


def _common_folder(names: Sequence[str]) -> Folder:
    """The folders that hold everything."""
    folders = [tuple(name.split("/")[:-1]) for name in names]
    common: list[str] = []
    for parts in zip(*folders, strict=False):
        if len(set(parts)) > 1:
            break
        common.append(parts[0])
    return tuple(common)


def _take(present: dict[str, Entry], root: Folder) -> tuple[dict[str, Entry], list[Problem]]:
    """Files below the root by their paths in it, `experiments/{slug}/experiments/{slug}/` flattened (seed)."""
    files: dict[str, Entry] = {}
    problems: list[Problem] = []
    prefix = "".join(f"{part}/" for part in root)
    nested = f"{EXPERIMENTS}/{root[-1]}/" if root else ""
    for name, entry in present.items():
        if not name.startswith(prefix):
            continue
        path = name.removeprefix(prefix)
        while nested and path.startswith(nested):
            path = path.removeprefix(nested)
        other = files.setdefault(path, entry)
        if (other.size, other.crc) != (entry.size, entry.crc):
            problems.append(_twice(path, other.name, name))
    return files, problems + check_clashes(files)


def _several(roots: list[Folder]) -> Problem:
    shown = ", ".join("/".join(root) + "/" for root in roots[:5])
    return Problem(
        category="file",
        code="several-experiments",
        message=f"The ZIP holds {len(roots)} experiments, such as {shown}.",
        remedy="Zip one of them, or name the folder to take by slug_id.",
    )


def _twice(path: str, one: str, other: str) -> Problem:
    return Problem(
        category="file",
        code="nested-clash",
        path=other,
        message=f"{one} and {other} differ, and both are {path} of the experiment.",
        remedy="Keep one of them and zip again.",
    )
