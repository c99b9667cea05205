"""Imports under another slug: links, imports and the manifest's slug key follow (DESIGN §6)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from libs.common.errors import Problem
from libs.common.limits import MIB
from libs.common.manifest.model import MANIFEST

TEXT: Final = frozenset(
    {
        ".css",
        ".htm",
        ".html",
        ".j2",
        ".jinja",
        ".jinja2",
        ".js",
        ".json",
        ".jsx",
        ".md",
        ".mjs",
        ".py",
        ".svg",
    }
    | {".ts", ".txt", ".xml", ".yaml", ".yml"}
)
LARGEST: Final = 8 * MIB
"""A larger text is data, and is left as it is."""
SLUG_KEYS: Final = frozenset({"slug", "slug_id"})


@dataclass(frozen=True)
class Renaming:
    """From the former slugs to the new one; without former slugs nothing changes."""

    slug: str
    former: frozenset[str] = frozenset()

    def touches(self, path: str, size: int) -> bool:
        if size > LARGEST or not self.slug:
            return False
        return path == MANIFEST or (bool(self.former) and PurePosixPath(path).suffix.lower() in TEXT)

    def apply(self, path: str, content: bytes) -> bytes:
        """The content with its links, absolute imports and, in the manifest, slug keys renamed."""
        if path == MANIFEST:
            content = rename_manifest(content, self.slug)
        if not self.former:
            return content
        # Longest first, and never before a character that could continue a slug: click is not click_tracker.
        either = b"|".join(re.escape(slug.encode()) for slug in sorted(self.former, key=len, reverse=True))
        content = re.sub(rb"(/experiments/)(?:%b)(?![a-z0-9_-])" % either, self._renamed, content)
        if path.endswith(".py") and self.slug.isidentifier():
            content = re.sub(rb"(\bexperiments\.)(?:%b)(?![a-zA-Z0-9_])" % either, self._renamed, content)
        return content

    def leftovers(self, path: str, content: bytes) -> list[Problem]:
        """Warnings of what still names a former slug and cannot be renamed safely."""
        if not self.former or not path.endswith(".py"):
            return []
        either = b"|".join(re.escape(slug.encode()) for slug in sorted(self.former))
        pattern = re.compile(rb"\bexperiments\.(?:%b)\b|[\"'](?:%b)-actor[\"']" % (either, either))
        lines = enumerate(content.splitlines(), start=1)
        return [
            _leftover(path, number, match[0]) for number, line in lines if (match := pattern.search(line))
        ]

    def _renamed(self, match: re.Match[bytes]) -> bytes:
        return match[1] + self.slug.encode()


def rename_manifest(content: bytes, slug: str) -> bytes:
    """Set the slug keys that are there, and leave every other byte as it is; what is no JSON object stays as it is."""
    try:
        text = content.decode("utf-8-sig")
        spans = [(start, end) for start, end in _slug_values(text) if json.loads(text[start:end]) != slug]
    except (ValueError, RecursionError):
        return content
    if not spans:
        return content
    for start, end in reversed(spans):
        text = text[:start] + json.dumps(slug) + text[end:]
    bom = b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b""
    return bom + text.encode()


def _slug_values(text: str) -> Iterable[tuple[int, int]]:
    """Where the values of the top-level slug keys stand. Raises: ValueError, if the text is no JSON object."""
    decoder = json.JSONDecoder()
    space = re.compile(r"[ \t\r\n]*")

    def skip(at: int, *, over: str) -> int:
        at = space.match(text, at).end()  # type: ignore[union-attr]  # it matches the empty string, too
        if not text.startswith(over, at):
            raise ValueError(f"no {over} at {at}")
        return space.match(text, at + len(over)).end()  # type: ignore[union-attr]

    at = skip(0, over="{")
    while not text.startswith("}", at):
        key, at = decoder.raw_decode(text, at)
        start = skip(at, over=":")
        _, end = decoder.raw_decode(text, start)
        if key in SLUG_KEYS:
            yield start, end
        at = space.match(text, end).end()  # type: ignore[union-attr]
        if not text.startswith("}", at):
            at = skip(at, over=",")


def _leftover(path: str, line: int, name: bytes) -> Problem:
    return Problem(
        category="code",
        code="names-former-slug",
        path=path,
        line=line,
        message=f"The code names the experiment by its former slug: {name.decode(errors='replace')}.",
        remedy="Use relative imports, and `request.state.slug_id` or the folder's name instead of a fixed slug.",
    )
