"""Hints about an experiment's templates: paths that break on other pages, and templates that are not there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Final

from libs.common.errors import Problem
from services.importer.code.facts import Facts

PAGES: Final = frozenset({".html", ".htm", ".j2", ".jinja", ".jinja2"})
RELATIVE_STATIC: Final = re.compile(
    rb"""(?:\b(?<![-\w])(?:src|href|srcset|poster)\s*=\s*["']?|url\(\s*["']?)(?:\./)?static/""", re.IGNORECASE
)
NAMED_TEMPLATE: Final = re.compile(
    rb"""\{%-?\s*(?:extends|include)\s+["']([^"'%]{1,200})["']\s*(?!\s*\+|~)"""
)


def relative_static_paths(slug: str, path: str, content: bytes) -> Iterator[Problem]:
    """The seed's checklist: static paths in HTML are `/experiments/{slug}/static/`."""
    for number, line in enumerate(content.splitlines(), start=1):
        if not RELATIVE_STATIC.search(line):
            continue
        yield Problem(
            category="code",
            code="relative-static-path",
            path=path,
            line=number,
            message="A static file is named by a relative path, which breaks on pages with another depth.",
            remedy=f"Write /experiments/{slug}/static/…; an export does so by itself.",
        )


def missing_templates(paths: frozenset[str], named: Iterator[tuple[str, int, str]]) -> Iterator[Problem]:
    """A warning for each template that is named literally and lies nowhere in the experiment."""
    for path, line, template in named:
        if not any(file == template or file.endswith(f"/{template}") for file in paths):
            yield Problem(
                category="code",
                code="missing-template",
                path=path,
                line=line,
                message=f"The template {template[:200]} is not in the ZIP.",
                remedy="Add it to templates/, or correct its name.",
            )


def templates_in_code(facts: Mapping[str, Facts]) -> Iterator[tuple[str, int, str]]:
    for path, found in facts.items():
        yield from ((path, line, template) for template, line in found["templates"])


def templates_in_page(path: str, content: bytes) -> Iterator[tuple[str, int, str]]:
    for number, line in enumerate(content.splitlines(), start=1):
        for match in NAMED_TEMPLATE.finditer(line):
            yield path, number, match[1].decode(errors="replace")


def is_page(path: str) -> bool:
    return PurePosixPath(path).suffix.lower() in PAGES
