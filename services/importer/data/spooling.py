"""The work of the process that converts data files to BSON; it imports little, for it is started for each upload."""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

import bson
from bson import CodecOptions
from bson.codec_options import DatetimeConversion
from bson.errors import BSONError
from bson.raw_bson import RawBSONDocument

from libs.common.database.kinds import Kind

COLLECTIONS_FILE: Final = "db_collections.json"
MEMORY_BYTES: Final = 4 * 2**30
"""Address space of the child: the largest line takes about 1 GiB when it is parsed."""
LARGEST_DOCUMENT: Final = 16 * 2**20
"""MongoDB's limit of one document."""
MAX_COLLECTIONS: Final = 1_000
"""Real experiments have some dozens; each costs a file or two of the server."""
MAX_PROBLEMS: Final = 200
SCOPE: Final = "experiment_id"
"""Which experiment a document belongs to (CONTRACT, Data)."""
EXACT: Final[CodecOptions[dict[str, Any]]] = CodecOptions(
    datetime_conversion=DatetimeConversion.DATETIME_AUTO, unicode_decode_error_handler="replace"
)


def write_spool(folder: Path, spool: Path, *, slug: str, former: Collection[str]) -> dict[str, Any]:
    """The child's work, and what it reports: sections and problems as plain values."""
    import standalone_data  # noqa: PLC0415  (a top-level module, in the child and in exports)

    writing = _Writing(slug, frozenset(former))
    try:
        with spool.open("xb") as file:
            for dumped in standalone_data.read_collections(folder):
                writing.add(dumped, file)
    except standalone_data.DataFileError as error:
        writing.refuse("invalid-data", str(error), path=error.file, line=error.line)
    except MemoryError:
        writing.refuse("invalid-data", "A document is too large.", path=COLLECTIONS_FILE)
    return {"sections": writing.sections, "problems": writing.problems}


def main() -> None:
    """The child process: the task on standard input, the report as BSON on standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    task = json.loads(sys.stdin.read())
    folder, spool = Path(task["folder"]), Path(task["spool"])
    report = write_spool(folder, spool, slug=task["slug"], former=task["former"])
    sys.stdout.buffer.write(bson.encode(report))


class _Writing:
    """What the child has found so far, as plain values for the report."""

    def __init__(self, slug: str, former: frozenset[str]) -> None:
        self.sections: list[dict[str, Any]] = []
        self.problems: list[dict[str, Any]] = []
        self._slug = slug
        self._former = former

    def refuse(self, code: str, message: str, *, path: str, line: int | None = None, row: int = 0) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            where = {"path": path, "line": line, "row": row or None}
            self.problems.append({"category": "format", "code": code, "message": message[:500], **where})

    def add(self, dumped: Any, spool: BinaryIO) -> None:
        where = f"{COLLECTIONS_FILE}: {dumped.name}"
        if not self._is_sound(dumped) or len(self.sections) == MAX_COLLECTIONS:
            self.refuse("invalid-data", "This collection is not described as exports do it.", path=where)
            return
        offset, documents = spool.tell(), 0
        for raw in self._encode(dumped.documents, where):
            spool.write(raw)
            documents += 1
        if documents != dumped.exported:
            message = f"{dumped.exported} documents are announced, and there are {documents}."
            self.refuse("invalid-data", message, path=where)
        self.sections.append(
            {
                "name": dumped.name,
                "kind": dumped.kind,
                "options": dumped.options,
                "documents": documents,
                "total": dumped.total,
                "offset": offset,
                "length": spool.tell() - offset,
            }
        )

    def _encode(self, documents: Iterator[Any], where: str) -> Iterator[bytes]:
        for row, document in enumerate(documents, start=1):
            try:
                raw = self._as_bson(document)
            except (BSONError, ValueError, TypeError, OverflowError, RecursionError) as error:
                self.refuse("invalid-document", f"No BSON: {error}", path=where, row=row)
                continue
            if len(raw) > LARGEST_DOCUMENT:
                self.refuse("document-too-large", f"It has {len(raw)} bytes.", path=where, row=row)
                continue
            yield raw

    def _as_bson(self, document: Any) -> bytes:
        """The bytes of a document that belongs to this slug. Raises: ValueError, as `bson` does."""
        if "_id" not in document:
            raise ValueError("it has no _id")
        if isinstance(document, RawBSONDocument):
            bson.decode(document.raw, EXACT)  # the server checks less than a driver that reads it later
            if self._former and document.get(SCOPE) in self._former:
                renamed = bson.encode({**document, SCOPE: self._slug})
                if bson.encode(dict(document)) != document.raw:
                    raise ValueError("its experiment_id cannot be changed without changing the rest")
                return renamed
            return bytes(document.raw)
        if document.get(SCOPE) in self._former:
            document[SCOPE] = self._slug
        return bson.encode(document)

    @staticmethod
    def _is_sound(dumped: Any) -> bool:
        numbers = (dumped.exported, dumped.total)
        return (
            isinstance(dumped.name, str)
            and isinstance(dumped.kind, str)
            and dumped.kind in set(Kind)
            and isinstance(dumped.options, dict)
            and all(isinstance(number, int) and 0 <= number < 2**53 for number in numbers)
        )


if __name__ == "__main__":
    main()
