"""`manifest.json`: known keys with their types; unknown keys are kept (CONTRACT, Manifest)."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from libs.common.errors import Problem
from libs.common.manifest.slug import slug_problem

MANIFEST: Final = "manifest.json"
REQUIRED_FILES: Final = (MANIFEST, "actor.py", "__init__.py")


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
    """Parse and check a manifest, collecting every problem."""
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
    named = manifest.slugs().items()
    found = [slug_problem(value, path=f"{MANIFEST}: {key}") for key, value in named]
    return manifest, [problem for problem in found if problem]


def _problem(code: str, message: str, *, line: int | None = None) -> Problem:
    return Problem(category="format", code=f"manifest-{code}", path=MANIFEST, message=message, line=line)
