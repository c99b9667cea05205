"""Which slug an upload is for (DESIGN §6): the form field decides, else all sources must agree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from libs.common.errors import Problem
from libs.common.manifest.slug import is_slug, slug_problem

NAMED_BY_US: Final = re.compile(r"(.+?)(?:_upload|_intelligent_export_.*)")
"""What the seed calls ZIPs, and so what file managers call the folder that they unpack one into."""


@dataclass(frozen=True)
class Sources:
    """What each source of a slug says, unchecked. `manifest` by key, `file_name` as the client sent it."""

    form: str | None = None
    folder: str | None = None
    manifest: dict[str, str] = field(default_factory=dict)
    wrapper: str | None = None
    comment: str | None = None
    file_name: str = ""


@dataclass(frozen=True)
class Detected:
    """`former` are other slugs that the files still speak of; links to them are to be rewritten."""

    slug: str | None
    former: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()


def detect_slug(sources: Sources) -> Detected:
    """Every source is checked before it counts; problems name all that is wrong."""
    if sources.form is not None:
        problem = slug_problem(sources.form, path="slug_id")
        if problem:
            return Detected(None, problems=(problem,))
        others = {slug for slug in dict(_inside(sources)).values() if is_slug(slug)}
        return Detected(sources.form, frozenset(others - {sources.form}))
    found = dict(_inside(sources)) or dict(_file_name(sources.file_name))
    if not found:
        return Detected(None, problems=(_none(),))
    problems = [problem for path, slug in found.items() if (problem := slug_problem(slug, path=path))]
    if len(set(found.values())) > 1:
        problems.append(_disagreement(found))
    if problems:
        return Detected(None, problems=tuple(problems))
    return Detected(next(iter(found.values())))


def _inside(sources: Sources) -> Iterator[tuple[str, str]]:
    """The sources in the ZIP itself. A wrapping folder's name counts only if it looks like a slug."""
    if sources.folder is not None:
        yield f"experiments/{sources.folder}/", sources.folder
    for key, slug in sources.manifest.items():
        yield f"manifest.json: {key}", slug
    if sources.wrapper is not None:
        named = NAMED_BY_US.fullmatch(sources.wrapper)
        slug = named[1] if named else sources.wrapper
        if is_slug(slug):
            yield f"{sources.wrapper}/", slug
    if sources.comment is not None:
        yield "comment of the ZIP", sources.comment


def _file_name(name: str) -> Iterator[tuple[str, str]]:
    named = NAMED_BY_US.fullmatch(name.removesuffix(".zip"))
    if named and is_slug(named[1]):
        yield name, named[1]


def _disagreement(found: dict[str, str]) -> Problem:
    said = ", ".join(f"{path} says {slug[:80]!r}" for path, slug in found.items())
    return Problem(
        category="constraint",
        code="slug-disagreement",
        message=f"The ZIP names more than one slug: {said}.",
        remedy="Send the slug as slug_id, or make the sources agree.",
    )


def _none() -> Problem:
    return Problem(
        category="request",
        code="slug-unknown",
        message="Nothing in the ZIP says which experiment it is.",
        remedy="Send the slug as slug_id, or write it into manifest.json as slug.",
    )
