"""Finds attributes and style sheets in HTML that holds Jinja, by position, so that all other bytes stay as they are.

A tokenizer after the HTML standard (§13.2.5), as far as positions of attribute values need it. What Jinja will replace
is masked first, by Jinja's own lexer, so that its quotes and angle brackets are not taken for HTML's.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Final

from jinja2 import Environment, TemplateSyntaxError

MASK: Final = "\ue000"
"""Stands for each character of an expression, statement or comment of Jinja; a private character, used by no text."""
CARRIAGE_RETURN: Final = "\ue001"
"""Stands for the carriage returns that Jinja's lexer would drop."""
STYLE: Final = "style"
RAW_TEXT: Final = frozenset({"script", STYLE, "textarea", "title", "xmp", "iframe", "noembed", "noframes"})
"""Elements whose content is text up to their end tag (§13.2.5.2 to .4)."""

_MARKUP = re.compile(r"<!--|<[!?/]|<(?P<tag>[a-zA-Z][^\s/>]*)")
_ATTRIBUTE = re.compile(
    r"""[\s/]*(?P<name>[^\s/>][^\s/>=]*)(?:\s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s>"'][^\s>]*)))?"""
)
_JINJA = Environment(autoescape=True, keep_trailing_newline=True)


@dataclass(frozen=True, slots=True)
class Span:
    """Where a value lies in the text: of the attribute `name`, or the content of a style element."""

    name: str
    start: int
    end: int


def mask_jinja(text: str) -> str:
    """The text, of the same length, without anything that Jinja replaces; unchanged if it is no template of Jinja's."""
    try:
        tokens = list(_JINJA.lex(text.replace("\r", CARRIAGE_RETURN)))
    except TemplateSyntaxError:
        return text
    kinds = [kind for _, kind, _ in tokens]
    if any(kinds.count(f"{what}_begin") != kinds.count(f"{what}_end") for what in ("block", "variable")):
        return text  # the lexer does not mind what is never closed
    masked = "".join(value if kind == "data" else MASK * len(value) for _, kind, value in tokens)
    return masked if len(masked) == len(text) else text


def find_spans(text: str) -> Iterator[Span]:
    """Attributes of start tags and the contents of style elements, in order; comments and scripts hold none."""
    position = 0
    while markup := _MARKUP.search(text, position):
        tag = markup["tag"]
        if tag is None:
            closing = "-->" if markup[0] == "<!--" else ">"
            position = _after(text, closing, markup.end())
            continue
        position = yield from _attributes(text, markup.end())
        if tag.lower() in RAW_TEXT:
            end = _end_of_raw_text(text, tag, position)
            if tag.lower() == STYLE:
                yield Span(STYLE, position, end)
            position = end


def _attributes(text: str, position: int) -> Generator[Span, None, int]:
    """The attributes of a start tag; returns the position after it."""
    while (found := _ATTRIBUTE.match(text, position)) is not None:
        for group in ("double", "single", "bare"):
            if found[group] is not None:
                yield Span(found["name"].lower(), *found.span(group))
        position = found.end()
    return _after(text, ">", position)


def _after(text: str, closing: str, position: int) -> int:
    found = text.find(closing, position)
    return len(text) if found < 0 else found + len(closing)


def _end_of_raw_text(text: str, tag: str, position: int) -> int:
    found = re.compile(rf"</{re.escape(tag)}(?=[\s/>])", re.IGNORECASE).search(text, position)
    return found.start() if found else len(text)
