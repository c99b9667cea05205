"""The `Prefer` header (RFC 7240), of which `wait` and `respond-async` mean something here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Self

from aiohttp import web

PREFER: Final = "Prefer"
PREFERENCE_APPLIED: Final = "Preference-Applied"
LONGEST_VALUE: Final = 500
"""Characters of a header that are looked at: what is in it takes ten, and a search takes their square."""

_WORD: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_QUOTED: Final = r'"(?:[^"\\]|\\.)*"'
_PREFERENCE: Final = re.compile(
    rf"\s*({_WORD})\s*(?:=\s*({_WORD}|{_QUOTED}))?\s*(?:;[^,\"]*(?:{_QUOTED}[^,\"]*)*)?(?:,|$)"
)
_SECONDS: Final = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True)
class Patience:
    """How long a caller waits for the end of the work, and which of its preferences said so."""

    seconds: float
    applied: str | None = None

    @classmethod
    def of(cls, request: web.Request, *, longest: float) -> Self:
        """Without a preference, `longest`; nobody waits longer. What cannot be understood is ignored (§2)."""
        wanted = dict(
            reversed(list(_preferences(request.headers.getall(PREFER, ()))))
        )  # the first one counts
        wait = wanted.get("wait")
        if wait is not None and _SECONDS.fullmatch(wait):
            seconds = min(float(wait), longest)
            return cls(seconds, f"wait={seconds:.0f}")
        if "respond-async" in wanted:
            return cls(0, "respond-async")
        return cls(longest)

    def headers(self) -> dict[str, str]:
        return {PREFERENCE_APPLIED: self.applied} if self.applied else {}


def _preferences(values: Iterable[str]) -> Iterator[tuple[str, str]]:
    for value in (value for value in values if len(value) <= LONGEST_VALUE):
        for name, word in _PREFERENCE.findall(value):
            yield name.lower(), re.sub(r"\\(.)", r"\1", word.strip('"'))
