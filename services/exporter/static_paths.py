"""Makes `static/…` in HTML templates absolute: `/experiments/{slug}/static/…` (seed, Code Collection).

In `src`, `href`, `poster`, `srcset` and in `url()` of style attributes and elements. Absolute paths, addresses, Jinja's
expressions and other attributes stay as they are; a second time changes nothing. Nothing but the insertions changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from services.exporter.markup import STYLE, Span, find_spans, mask_jinja

TEMPLATE_SUFFIXES: Final = frozenset({".html", ".htm", ".jinja", ".jinja2", ".j2"})
STATIC: Final = "static"
URL_ATTRIBUTES: Final = frozenset({"src", "href", "poster"})
SOURCE_SET: Final = "srcset"

_RELATIVE = re.compile(r"\s*(?P<path>(?:\./)?)static/")
_CANDIDATE = re.compile(r"[\s,]*(?P<url>[^\s]+)(?P<rest>(?:[^,(]|\([^)]*\)?)*)")
_CSS = re.compile(
    r"""
      /\*.*?(?:\*/|\Z)
    | url\(\s*(?P<quote>["']|&quot;|&\#3[49];|&apos;)?(?P<path>(?:\./)?)static/
        (?(quote)(?:\\.|(?!(?P=quote)).)*(?P=quote)?|[^)]*)
    | url\(\s*(?!["'&\s])[^)]*\)
    | url\(
    | "(?:\\.|[^"\\\n])*"?
    | '(?:\\.|[^'\\\n])*'?
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
"""Comments, addresses and strings of CSS (css-syntax-3, §4), so that none is looked for inside another."""


def is_template(path: str) -> bool:
    """Whether a file of an experiment is an HTML template. What lies in `static/` is served as it is."""
    file = PurePosixPath(path)
    return file.suffix.lower() in TEMPLATE_SUFFIXES and file.parts[0] != STATIC


def rewrite_static_paths(content: bytes, slug: str) -> bytes:
    """The template with absolute static paths; bytes that are no UTF-8 are kept, too."""
    text = content.decode("utf-8", "surrogateescape")
    base = f"/experiments/{slug}/"
    pieces: list[str] = []
    position = 0
    for start, end in _relative_paths(mask_jinja(text)):
        pieces += text[position:start], base
        position = end
    return "".join([*pieces, text[position:]]).encode("utf-8", "surrogateescape")


def _relative_paths(text: str) -> Iterator[tuple[int, int]]:
    """Where `./` stands before `static/`, or nothing does."""
    for span in find_spans(text):
        if span.name in URL_ATTRIBUTES:
            found = _RELATIVE.match(text, span.start, span.end)
            if found:
                yield found.span("path")
        elif span.name == SOURCE_SET:
            yield from _in_source_set(text, span)
        elif span.name == STYLE:
            found_in_css = _CSS.finditer(text, span.start, span.end)
            yield from (found.span("path") for found in found_in_css if found["path"] is not None)


def _in_source_set(text: str, span: Span) -> Iterator[tuple[int, int]]:
    """Image candidates: an address up to a space, a descriptor up to a comma (HTML §4.8.4.3.10)."""
    position = span.start
    while candidate := _CANDIDATE.match(text, position, span.end):
        found = _RELATIVE.match(text, candidate.start("url"), span.end)
        if found:
            yield found.span("path")
        # An address that ends in a comma has no descriptor.
        position = candidate.end("url") if candidate["url"].endswith(",") else candidate.end()
