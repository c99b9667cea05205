"""Cuts a JSON array into its elements while it streams in, with memory for one element and one chunk.

The scanner is the standard library's, in C. It reads all rows that a chunk holds in one go, and one value at a position
where that fails; what does not fit yet is tried again with the next chunk.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from typing import Protocol, cast

from libs.common.errors import Category

ELEMENT_LIMIT = 2**20
"""Characters of one row; a person with absences on every day of ten years needs 60,000."""
ROW_END = "},"
AFTER_VALUE = frozenset(",] \t\n\r")
SPACE = re.compile(r"[ \t\n\r]*")


class BrokenStream(Exception):
    """The text is not a JSON array of acceptable values; reading cannot go on."""

    def __init__(self, category: Category, code: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.category: Category = category
        self.code = code
        self.message = message
        self.remedy = remedy


class DoubleMember(ValueError):
    """An object names a member twice, so its meaning depends on the reader (RFC 8259, section 4)."""


class Receiver(Protocol):
    """Who takes the rows."""

    def text(self, array: str) -> bool:
        """Offered many rows at once, as the text of an array that may be cut wrongly; False leaves them to `values`."""

    def values(self, rows: list[object]) -> None:
        """Takes rows that were read strictly."""


def read_array(chunks: Iterable[bytes], receiver: Receiver) -> None:
    """Hand over the array's elements in order; raises BrokenStream at the first place that cannot be read."""
    text = _Text(_decoded(chunks))
    if text.next_character() != "[":
        raise _syntax("The file does not hold a JSON array.")
    text.position += 1
    if text.next_character() == "]":
        text.position += 1
    else:
        _read_elements(text, receiver)
    if text.next_character():
        raise _syntax("Something follows after the end of the array.")


def _read_elements(text: _Text, receiver: Receiver) -> None:
    separator = ","
    while separator == ",":
        while text.offer(receiver):
            pass
        receiver.values([text.value()])
        separator = text.next_character()
        text.position += 1
        text.next_character()
    if separator != "]":
        raise _syntax("A comma is missing between two rows." if separator else "The array breaks off.")


class _Text:
    """A window on the text that moves forward and grows as needed."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self._pieces = pieces
        self._text = ""
        self._ended = False
        self.position = 0

    def next_character(self) -> str:
        """The next character that is not white space, "" at the end."""
        while True:
            found = SPACE.match(self._text, self.position)
            self.position = found.end() if found else self.position
            if self.position < len(self._text):
                return self._text[self.position]
            if not self._grow():
                return ""

    def offer(self, receiver: Receiver) -> bool:
        """Hand over all rows up to the last comma after an object in one go; False if that does not work out.

        A cut inside a text or a row leaves something open and fails to parse, so what is read is never wrong.
        """
        cut = self._text.rfind(ROW_END, self.position)
        if cut < 0:
            return False
        array = f"[{self._text[self.position : cut + 1]}]"
        if not receiver.text(array):
            try:
                receiver.values(cast(list[object], DECODER.decode(array)))
            except (ValueError, RecursionError):
                return False
        self.position = cut + len(ROW_END)
        self.next_character()
        return True

    def value(self) -> object:
        """The value at the position, which moves behind it."""
        while True:
            try:
                value, end = DECODER.raw_decode(self._text, self.position)
            except DoubleMember as double:
                raise BrokenStream(
                    "format", "double-member", str(double), "Name each member once."
                ) from double
            except RecursionError as deep:
                raise BrokenStream("format", "too-deep", "Values are nested too deeply.", REMEDY) from deep
            except ValueError as error:
                if self._grow():
                    continue
                raise _syntax(f"The JSON is broken: {error}.") from error
            # A number that the chunk's end cuts off reads as a shorter one: 1, 1. and 1.5 may all be seen in turn.
            if self._text[end : end + 1] in AFTER_VALUE or not self._grow():
                self.position = end
                return value

    def _grow(self) -> bool:
        if len(self._text) - self.position > ELEMENT_LIMIT:
            message = f"A row is longer than {ELEMENT_LIMIT} characters, or never ends."
            raise BrokenStream("format", "row-too-large", message, REMEDY)
        piece = next(self._pieces, None)
        if piece is None:
            return False
        self._text = self._text[self.position :] + piece
        self.position = 0
        return True


def _decoded(chunks: Iterable[bytes]) -> Iterator[str]:
    """UTF-8 only; a byte order mark at the start is let pass (RFC 8259, section 8.1)."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        for chunk in chunks:
            yield decoder.decode(chunk)
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        message = f"The file is not UTF-8: {error.reason}."
        raise BrokenStream("file", "wrong-encoding", message, "Save the file as UTF-8.") from error


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise DoubleMember(f"The member {double[:40]!r} stands twice in one object.")
    return members


def _constant(name: str) -> object:
    raise ValueError(f"{name} is not a JSON number")


def _syntax(message: str) -> BrokenStream:
    return BrokenStream("format", "broken-json", message, REMEDY)


REMEDY = "Export the dump again with `manage.py export_sql_dump`."
DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)
