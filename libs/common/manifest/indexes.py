"""`managed_indexes` of a manifest: which definitions can be created at all (CONTRACT, Manifest)."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Final

from libs.common.errors import Problem


class IndexType(StrEnum):
    """Kinds of index. Search, vector and hybrid ones need Atlas, and are skipped elsewhere."""

    REGULAR = "regular"
    TEXT = "text"
    GEOSPATIAL = "geospatial"
    TTL = "ttl"
    PARTIAL = "partial"
    VECTOR_SEARCH = "vectorSearch"
    SEARCH = "search"
    HYBRID = "hybrid"


BODY_OF: Final = {
    IndexType.VECTOR_SEARCH: "definition",
    IndexType.SEARCH: "definition",
    IndexType.HYBRID: "hybrid",
}
"""Where a definition stands; all other types have `keys`."""


def index_faults(managed: dict[str, list[dict[str, Any]]]) -> Iterator[tuple[str, str]]:
    """Each JSON path below `managed_indexes` that is wrong, with the reason."""
    for collection, definitions in managed.items():
        if not definitions:
            yield collection, "The list is empty."
        for number, definition in enumerate(definitions):
            for reason in _faults(definition):
                yield f"{collection}[{number}]", reason


def index_keys(keys: Any) -> list[tuple[str, Any]] | None:
    """Keys in their order, from an object or a list of pairs; None if they are neither."""
    if isinstance(keys, dict):
        return list(keys.items()) or None
    if isinstance(keys, list) and keys and all(isinstance(pair, list) and len(pair) == 2 for pair in keys):  # noqa: PLR2004
        pairs = [(pair[0], pair[1]) for pair in keys]
        return pairs if all(isinstance(field, str) for field, _ in pairs) else None
    return None


def _faults(definition: dict[str, Any]) -> Iterator[str]:
    name, kind = definition.get("name"), definition.get("type")
    if not isinstance(name, str) or not name:
        yield "The index has no name."
    if kind not in list(IndexType):
        yield f"The type {kind!r} is none of {', '.join(IndexType)}."
        return
    body = BODY_OF.get(IndexType(kind))
    if body is not None:
        if not isinstance(definition.get(body), dict):
            yield f"An index of type {kind} needs an object `{body}`."
        return
    if index_keys(definition.get("keys")) is None:
        yield "`keys` must be an object or a list of pairs, and not empty."
    options = definition.get("options", {})
    if not isinstance(options, dict):
        yield "`options` must be an object."
    elif kind == IndexType.TTL and not isinstance(options.get("expireAfterSeconds"), int | float):
        yield "An index of type ttl needs the number `options.expireAfterSeconds`."
    elif kind == IndexType.PARTIAL and not isinstance(options.get("partialFilterExpression"), dict):
        yield "An index of type partial needs the object `options.partialFilterExpression`."


def manifest_index_problems(managed: dict[str, list[dict[str, Any]]], *, path: str) -> list[Problem]:
    """All that is wrong with a manifest's index definitions."""
    return [
        Problem(
            category="constraint",
            code="invalid-index",
            path=f"{path}: managed_indexes.{where[:200]}",
            message=reason,
            remedy="Correct the definition, or remove it.",
        )
        for where, reason in index_faults(managed)
    ]
