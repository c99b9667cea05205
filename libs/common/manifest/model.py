"""`manifest.json`: known keys with their types; unknown keys are kept (CONTRACT, Manifest)."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

import bson
import orjson
from bson.errors import InvalidDocument
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from libs.common.errors import Problem
from libs.common.limits import MIB
from libs.common.manifest.indexes import manifest_index_problems
from libs.common.manifest.slug import slug_problem

MANIFEST: Final = "manifest.json"
REQUIRED_FILES: Final = (MANIFEST, "actor.py", "__init__.py")
MAX_DEPTH: Final = 90
"""MongoDB nests documents at most 100 deep, and the manifest does not stand alone in its document."""
MAX_BYTES: Final = 4 * MIB
"""A quarter of what a MongoDB document may have; real manifests have a few KiB."""


class Status(StrEnum):
    """Only active experiments are exported and served."""

    ACTIVE = "active"
    DRAFT = "draft"
    ARCHIVED = "archived"
    INACTIVE = "inactive"


class Manifest(BaseModel):
    """The keys that the platform reads; all others ride along untouched."""

    model_config = ConfigDict(extra="allow", frozen=True)

    slug: str | None = None
    slug_id: str | None = None
    name: str | None = None
    description: str | None = None
    status: Status = Status.ACTIVE
    auth_required: bool = False
    data_scope: list[str] = Field(default_factory=list)
    managed_indexes: dict[str, list[dict[str, Any]]] = Field(default_factory=dict)
    schema_version: str | None = None

    def slugs(self) -> dict[str, str]:
        """Each key that names a slug, with what it says."""
        named = {"slug": self.slug, "slug_id": self.slug_id}
        return {key: value for key, value in named.items() if value is not None}

    def read_scopes(self, slug: str) -> list[str]:
        """Whose data the experiment may read; `self` and nothing at all mean its own."""
        scopes = [slug if scope == "self" else scope for scope in self.data_scope]
        return list(dict.fromkeys([slug, *scopes]))


def read_manifest(content: bytes) -> tuple[Manifest | None, list[Problem]]:
    """Parse and check a manifest, collecting every problem; the slugs that it names are unchecked.

    A manifest without problems can be stored in the database as it is.
    """
    try:
        parsed = orjson.loads(content.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        return None, [_problem("invalid-json", f"It is no valid JSON: {error}", line=error.lineno)]
    if not isinstance(parsed, dict):
        return None, [_problem("not-an-object", "It must be a JSON object.")]
    try:
        manifest = Manifest.model_validate(parsed)
    except ValidationError as error:
        return None, [
            _problem("invalid-value", f"{'.'.join(map(str, detail['loc']))}: {detail['msg']}")
            for detail in error.errors()
        ]
    return manifest, [
        *_storage_problems(parsed),
        *_scope_problems(manifest),
        *manifest_index_problems(manifest.managed_indexes, path=MANIFEST),
    ]


def _storage_problems(parsed: dict[str, Any]) -> list[Problem]:
    """The manifest's keys become fields of a MongoDB document, which not all JSON can."""
    problems = [
        _problem("invalid-key", f"The key {key[:80]!r} begins with $, which the database reserves.")
        for key in parsed
        if key.startswith("$")
    ]
    if depth_of(parsed) > MAX_DEPTH:
        return [*problems, _problem("too-deep", f"It is nested more than {MAX_DEPTH} levels deep.")]
    try:
        size = len(bson.encode(parsed))
    except (InvalidDocument, OverflowError) as error:
        return [*problems, _problem("not-storable", f"The database cannot hold it: {error}")]
    if size > MAX_BYTES:
        problems.append(_problem("too-large", f"It takes {size} bytes; {MAX_BYTES} are allowed."))
    return problems


def _scope_problems(manifest: Manifest) -> list[Problem]:
    """Each slug of the scope becomes a prefix of collection names."""
    path = f"{MANIFEST}: data_scope"
    found = [slug_problem(scope, path=path) for scope in manifest.data_scope if scope != "self"]
    return [problem for problem in found if problem]


def depth_of(value: Any) -> int:
    """How many objects and lists lie within each other."""
    deepest = 0
    waiting = [(value, 1)]
    while waiting:
        here, depth = waiting.pop()
        if isinstance(here, dict | list):
            deepest = max(deepest, depth)
            waiting += [(child, depth + 1) for child in (here.values() if isinstance(here, dict) else here)]
    return deepest


def _problem(code: str, message: str, *, line: int | None = None) -> Problem:
    return Problem(category="format", code=f"manifest-{code}", path=MANIFEST, message=message, line=line)
