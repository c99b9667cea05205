"""Names that cannot stand beside each other, on this file system or on one that ignores case and Unicode forms."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from libs.common.archive.problems import broken, printable
from libs.common.archive.rulebook import CASE_CLASH, DUPLICATE, FILE_AS_FOLDER, UNICODE_CLASH, Rule
from libs.common.errors import Problem


@dataclass(slots=True)
class _Seen:
    """A path that an earlier name took, as file or folder; a folder may also be named by itself once."""

    path: str
    is_folder: bool
    is_entry: bool


def check_clashes(names: Iterable[str]) -> list[Problem]:
    """What is wrong with these names (folders end in `/`) standing together; each may be at fault once."""
    return [broken(rule, message, name) for name, rule, message in clashes(names)]


def clashes(names: Iterable[str]) -> Iterator[tuple[str, Rule, str]]:
    """Each name that clashes with an earlier one, the rule and the message."""
    tree: dict[str, _Seen] = {}
    for name in names:
        fault = _place(tree, name)
        if fault is not None:
            yield name, *fault


def _place(tree: dict[str, _Seen], name: str) -> tuple[Rule, str] | None:
    """Enter the name and the folders that it lies in; the first clash, if any."""
    path = name.removesuffix("/")
    key, at = "", 0
    while True:
        end = path.find("/", at)
        is_last = end < 0
        key += "/" + fold(path[at:] if is_last else path[at:end])
        here = _Seen(path if is_last else path[:end], is_folder=not is_last or name != path, is_entry=is_last)
        fault = _clash(tree.setdefault(key, here), here)
        if fault is not None or is_last:
            return fault
        at = end + 1


def _clash(seen: _Seen, here: _Seen) -> tuple[Rule, str] | None:
    if seen is here:
        return None
    if seen.path != here.path:
        return _spelling_clash(seen.path, here.path)
    if seen.is_folder != here.is_folder:
        return FILE_AS_FOLDER, f"`{printable(seen.path)}` is a file and a folder."
    if seen.is_entry and here.is_entry:
        return DUPLICATE, "The name is there twice."
    seen.is_entry = seen.is_entry or here.is_entry
    return None


def _spelling_clash(seen: str, here: str) -> tuple[Rule, str]:
    if seen.casefold() == here.casefold():
        return CASE_CLASH, f"The name differs from `{printable(seen)}` in case only."
    return UNICODE_CLASH, f"The name looks like `{printable(seen)}` and differs only in its Unicode form."


@lru_cache(maxsize=4096)
def fold(part: str) -> str:
    """One key for all spellings of a file's name that some file system takes for the same (NFKC, case folded)."""
    if part.isascii():
        return part.lower()
    once = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", part).casefold())
    return unicodedata.normalize("NFKC", once.casefold())
