"""Reads `db_collections.json` and `db_types.json` back into exactly the documents that were exported.

Both files hold one collection after the other. In the first, each document is one line; in the second, each line
`[count, shape]` tells the types of so many documents in turn. A shape is a tag, a list of one shape (that of each
element), a mapping of fields or list indexes to shapes, or null (plain JSON). A number stands for an earlier line that
ends in `"new"`, counted from 0 in each collection. A line `[1, "…", "bson"]` holds a document that JSON cannot carry,
as BSON in base64. Needs pymongo and the standard library only.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final
from uuid import UUID

from bson import (
    Binary,
    Code,
    DatetimeMS,
    Decimal128,
    Int64,
    MaxKey,
    MinKey,
    ObjectId,
    Regex,
    Timestamp,
)
from bson.raw_bson import RawBSONDocument

COLLECTIONS_FILE: Final = "db_collections.json"
TYPES_FILE: Final = "db_types.json"
FORMAT: Final = 1

Document = dict[str, Any] | RawBSONDocument
"""What pymongo inserts as it was stored."""


class DataFileError(ValueError):
    """The data files do not fit together."""


@dataclass(frozen=True)
class Dumped:
    """A collection: `kind` is collection, view, timeseries or capped; `options` are those of createCollection."""

    name: str
    kind: str
    options: dict[str, Any]
    exported: int
    total: int
    documents: Iterator[Document]
    """To be read before the next collection is asked for."""


def read_collections(folder: Path) -> Iterator[Dumped]:
    """The collections of an export in order, one document in memory at a time. Raises: DataFileError."""
    with (
        (folder / COLLECTIONS_FILE).open(encoding="utf-8", newline="\n") as data,
        (folder / TYPES_FILE).open(encoding="utf-8", newline="\n") as types,
    ):
        if _line(types) != f'{{"format":{FORMAT},"collections":{{' or _line(data) != "{":
            raise DataFileError(f"{TYPES_FILE} and {COLLECTIONS_FILE} must be as they were exported.")
        while (header := _line(types)) != "}}":
            name, described = _described(header)
            if not _line(data).startswith(f"{json.dumps(name, ensure_ascii=False)}:["):
                raise DataFileError(f"{COLLECTIONS_FILE} does not hold {name} where {TYPES_FILE} does.")
            documents = _documents(data, types, name)
            yield Dumped(
                name=name,
                kind=described["kind"],
                options=restore(described["options"], described["option_types"]),
                exported=described["exported"],
                total=described["total"],
                documents=documents,
            )
            for _ in documents:  # what the caller left unread
                pass


def restore(value: Any, shape: Any) -> Any:
    """A JSON value as it was. Documents keep the order of their keys."""
    if shape is None:
        return value
    if isinstance(shape, str):
        return _restore_tagged(value, shape)
    if isinstance(shape, list):
        return [restore(element, shape[0]) for element in value]
    for key, child in shape.items():
        at = int(key) if isinstance(value, list) else key
        value[at] = restore(value[at], child)
    return value


def _line(file: IO[str]) -> str:
    return file.readline().rstrip("\n").removesuffix(",")


def _described(header: str) -> tuple[str, dict[str, Any]]:
    """The first line of a collection in `db_types.json`, which opens the list of its runs."""
    [(name, described)] = json.loads("{" + header + "]}}").items()
    return name, described


def _documents(data: IO[str], types: IO[str], name: str) -> Iterator[Document]:
    try:
        for count, shape in _runs(types):
            for _ in range(count):
                document = json.loads(_line(data))
                yield shape if isinstance(shape, RawBSONDocument) else restore(document, shape)
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise DataFileError(f"A document of {name} does not fit {TYPES_FILE}: {error!r}") from error
    if _line(data) != "]":
        raise DataFileError(f"{COLLECTIONS_FILE} holds more documents of {name} than {TYPES_FILE}.")


def _runs(types: IO[str]) -> Iterator[tuple[int, Any]]:
    """How many documents in turn have which shape, or the document itself."""
    known: list[Any] = []
    while (line := _line(types)) != "]}":
        count, shape, *mark = json.loads(line)
        if mark == ["bson"]:
            shape = RawBSONDocument(b64decode(shape))
        elif mark == ["new"]:
            known.append(shape)
        elif isinstance(shape, int):
            shape = known[shape]
        yield count, shape


def _restore_tagged(value: Any, tag: str) -> Any:
    kind, _, subtype = tag.partition("/")
    if kind == "binary":
        return Binary(b64decode(value, validate=True), int(subtype))
    return _RESTORED[kind](value)


def _date(value: str | int) -> datetime | DatetimeMS:
    """Milliseconds stand for dates that Python's datetime cannot hold."""
    return DatetimeMS(value) if isinstance(value, int) else datetime.fromisoformat(value)


_RESTORED: Final[dict[str, Callable[[Any], Any]]] = {
    "objectid": ObjectId,
    "date": _date,
    "decimal": Decimal128,
    "long": Int64,
    "double": float,
    "uuid": lambda value: Binary(UUID(value).bytes, 4),
    "regex": lambda value: Regex(value["pattern"], value["flags"]),
    "timestamp": lambda value: Timestamp(value["t"], value["i"]),
    "minkey": lambda _: MinKey(),
    "maxkey": lambda _: MaxKey(),
    "code": Code,
}
