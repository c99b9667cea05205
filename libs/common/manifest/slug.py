"""Slugs name experiments in addresses, folders and collections, so each source of one is checked here first."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from libs.common.database.collections import PLATFORM_COLLECTIONS
from libs.common.errors import InvalidInput, Problem

SLUG: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


class InvalidSlug(InvalidInput):
    """That cannot be the slug of an experiment."""

    code = "invalid-slug"


def is_slug(text: str) -> bool:
    return SLUG.fullmatch(text) is not None


def is_reserved(slug: str) -> bool:
    """Whether the platform's own collections lie under this slug's prefix (DESIGN §5)."""
    return any(name.startswith(f"{slug}_") for name in PLATFORM_COLLECTIONS)


def slug_problem(text: str, *, path: str) -> Problem | None:
    """What is wrong with a slug that came from `path` (a manifest key, a folder, a form field), or None."""
    if not is_slug(text):
        return Problem(
            category="constraint",
            code="invalid-slug",
            path=path,
            message=f"{text[:80]!r} is no slug.",
            remedy="Use up to 63 of a-z, 0-9, hyphen and underscore, beginning with a letter or digit.",
        )
    if is_reserved(text):
        return Problem(
            category="constraint",
            code="reserved-slug",
            path=path,
            message=f"The slug {text!r} is reserved: collections of the platform begin with {text}_.",
            remedy="Choose another slug.",
        )
    return None


def check_slug(text: str, *, path: str = "slug") -> str:
    """The slug itself. Raises: InvalidSlug."""
    if problem := slug_problem(text, path=path):
        raise InvalidSlug(problem.message, problems=[problem])
    return text


def owner_of(collection: str, slugs: Iterable[str]) -> str | None:
    """Which slug a collection belongs to: the longest that fits wins, and platform collections belong to none."""
    if collection in PLATFORM_COLLECTIONS:
        return None
    fitting = [slug for slug in slugs if collection.startswith(f"{slug}_")]
    return max(fitting, key=len, default=None)
