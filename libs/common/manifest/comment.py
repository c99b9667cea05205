"""The comment of the ZIPs that Entrepot writes: it tells an import, and nobody else, whose export this was."""

from __future__ import annotations

import re
from typing import Final

COMMENT: Final = re.compile(rb"Entrepot export of ([^\s()]{1,200}) \(([a-z-]{1,20})\)")


def write_comment(slug: str, kind: str) -> bytes:
    """For `write_archive(comment=…)`; `kind` is one of `ExportKind`."""
    return f"Entrepot export of {slug} ({kind})".encode("ascii")


def slug_of_comment(comment: bytes) -> str | None:
    """What a comment says, unchecked: anybody can write one."""
    found = COMMENT.fullmatch(comment)
    return found[1].decode("ascii", "replace") if found else None
