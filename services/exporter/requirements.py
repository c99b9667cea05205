"""`requirements.txt` of a standalone application: the tested base, and what the experiment asks for beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

OPTION: Final = "-"
"""First character of lines that are options of pip (`-r`, `--index-url`), not requirements."""


@dataclass(frozen=True)
class Merged:
    """Lines of a requirements file, and what could not be taken over, for people."""

    lines: Sequence[str]
    warnings: Sequence[str]


def merge_requirements(base: Iterable[str], wanted: Iterable[str]) -> Merged:
    """The base stays as it was tested; of one package, the experiment's requirements are joined (PEP 508).

    What contradicts the base is reported and not taken over.
    """
    pinned = {canonicalize_name(requirement.name): requirement for requirement in map(Requirement, base)}
    merged: dict[str, str] = {name: str(requirement) for name, requirement in pinned.items()}
    others: dict[str, Requirement] = {}
    warnings: list[str] = []
    for line in wanted:
        requirement = _parse(line, warnings)
        if requirement is None:
            continue
        name = canonicalize_name(requirement.name)
        if name in pinned:
            warnings += _join_pinned(pinned[name], requirement)
            merged[name] = str(pinned[name])
        else:
            key = f"{name};{requirement.marker or ''}"
            others[key] = _join(others[key], requirement) if key in others else requirement
    merged |= {key: str(requirement) for key, requirement in others.items()}
    return Merged([merged[key] for key in sorted(merged)], warnings)


def requirement_lines(text: str) -> Iterator[str]:
    """Logical lines of a requirements file, without comments (pip, Requirements File Format)."""
    joined = text.removeprefix("\ufeff").replace("\\\r\n", " ").replace("\\\n", " ")
    for line in joined.splitlines():
        if content := re.sub(r"(^|\s)#.*$", "", line).strip():
            yield content


def _parse(line: str, warnings: list[str]) -> Requirement | None:
    if line.startswith(OPTION):
        warnings.append(f"requirements.txt: options of pip are not taken over: {line}")
        return None
    try:
        return Requirement(re.split(r"\s--hash", line)[0])
    except InvalidRequirement:
        warnings.append(f"requirements.txt: this is no requirement and was left out: {line}")
        return None


def _join_pinned(pinned: Requirement, wanted: Requirement) -> list[str]:
    """Take over extras; say what the pin does not allow."""
    pinned.extras |= wanted.extras
    version = next(iter(pinned.specifier)).version
    if wanted.url or not wanted.specifier.contains(version, prereleases=True):
        return [
            f"requirements.txt: {wanted} contradicts {pinned}, which the application was tested with and keeps."
        ]
    return []


def _join(one: Requirement, other: Requirement) -> Requirement:
    """Both at once; of two addresses the later counts, as for pip."""
    one.extras |= other.extras
    one.specifier &= other.specifier
    one.url = other.url or one.url
    return one
