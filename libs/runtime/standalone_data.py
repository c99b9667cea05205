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
from typing import Any, Final
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
from bson.errors import BSONError
from bson.raw_bson import RawBSONDocument

COLLECTIONS_FILE: Final = "db_collections.json"
TYPES_FILE: Final = "db_types.json"
FORMAT: Final = 1

Document = dict[str, Any] | RawBSONDocument
"""What pymongo inserts as it was stored."""


LINE_LIMIT: Final = 128 * 2**20
"""Characters of a line: the largest document of MongoDB (16 MiB), if each byte of it takes eight in JSON."""


class DataFileError(ValueError):
    """The data files do not fit together; `line` counts in `file` from 1."""

    def __init__(self, message: str, file: str = TYPES_FILE, line: int | None = None) -> None:
        super().__init__(message)
        self.file = file
        self.line = line


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
    with _Lines(folder / COLLECTIONS_FILE) as data, _Lines(folder / TYPES_FILE) as types:
        if types.next() != f'{{"format":{FORMAT},"collections":{{' or data.next() != "{":
            raise DataFileError(f"{TYPES_FILE} and {COLLECTIONS_FILE} must be as they were exported.")
        while (header := types.next()) != "}}":
            dumped = _dumped(header, data, types)
            yield dumped
            for _ in dumped.documents:  # what the caller left unread
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


class _Lines:
    """The lines of a file, each without its end and the comma before it."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self.number = 0
        self._file = path.open(encoding="utf-8", newline="\n")

    def __enter__(self) -> _Lines:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def next(self) -> str:
        """An empty line stands for the end of the file, too. Raises: DataFileError."""
        self.number += 1
        try:
            line = self._file.readline(LINE_LIMIT)
        except UnicodeDecodeError:
            raise self.fault("is not UTF-8 here or soon after") from None
        if len(line) == LINE_LIMIT:
            raise self.fault("has a line that is too long")
        return line.rstrip("\n").removesuffix(",")

    def fault(self, what: str) -> DataFileError:
        return DataFileError(f"{self.name} {what}.", self.name, self.number)


def _dumped(header: str, data: _Lines, types: _Lines) -> Dumped:
    """A collection by its first line in `db_types.json`, which opens the list of its runs."""
    try:
        [(name, described)] = json.loads("{" + header + "]}}").items()
        options = restore(described["options"], described["option_types"])
        dumped = Dumped(
            name=name,
            kind=described["kind"],
            options=options,
            exported=described["exported"],
            total=described["total"],
            documents=_documents(data, types, name),
        )
    except _MISFITS as error:
        raise types.fault(f"does not describe a collection here: {error!r}") from error
    if not data.next().startswith(f"{json.dumps(name, ensure_ascii=False)}:["):
        raise data.fault(f"does not begin {name} where {TYPES_FILE} does")
    return dumped


def _documents(data: _Lines, types: _Lines, name: str) -> Iterator[Document]:
    try:
        for count, shape in _runs(types):
            for _ in range(count):
                document = json.loads(data.next())
                yield shape if isinstance(shape, RawBSONDocument) else restore(document, shape)
    except DataFileError:
        raise
    except _MISFITS as error:
        raise data.fault(f"does not fit {TYPES_FILE} in {name}: {error!r}") from error
    if data.next() != "]":
        raise data.fault(f"holds more documents of {name} than {TYPES_FILE}")


def _runs(types: _Lines) -> Iterator[tuple[int, Any]]:
    """How many documents in turn have which shape, or the document itself."""
    known: list[Any] = []
    while (line := types.next()) != "]}":
        try:
            count, shape, *mark = json.loads(line)
            if mark == ["bson"]:
                shape = RawBSONDocument(b64decode(shape))
            elif mark == ["new"]:
                known.append(shape)
            elif isinstance(shape, int):
                shape = known[shape]
        except _MISFITS as error:
            raise types.fault(f"has no run of documents here: {error!r}") from error
        yield count, shape


def _restore_tagged(value: Any, tag: str) -> Any:
    kind, _, subtype = tag.partition("/")
    if kind == "binary":
        return Binary(b64decode(value, validate=True), int(subtype))
    return _RESTORED[kind](value)


def _date(value: str | int) -> datetime | DatetimeMS:
    """Milliseconds stand for dates that Python's datetime cannot hold."""
    return DatetimeMS(value) if isinstance(value, int) else datetime.fromisoformat(value)


_MISFITS: Final = (
    BSONError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)
"""What wrong data raise when they are restored."""
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
