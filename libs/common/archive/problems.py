"""Collects what is wrong with an archive."""

from __future__ import annotations

from typing import NoReturn

from libs.common.archive.rulebook import TOO_MANY_PROBLEMS, Rule
from libs.common.errors import InvalidInput, Problem

MAX_PROBLEMS = 500
"""Problems listed for one archive; a hostile one could have a hundred thousand."""

MAX_SHOWN = 200
"""Characters of a name in a message; names in a ZIP may have 65,535."""


class InvalidArchive(InvalidInput):
    """The ZIP cannot be accepted; nothing of it was used."""

    code = "invalid-archive"


class Broken(Exception):
    """A rule is broken; ends the reading of one record, and becomes a `Problem` of the archive."""

    def __init__(self, rule: Rule, message: str) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message


class Findings:
    """The problems of one archive in the order in which they were found, at most `MAX_PROBLEMS`."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []
        self._left_out = 0

    def add(self, rule: Rule, message: str, name: str | None = None) -> None:
        if len(self._problems) >= MAX_PROBLEMS:
            self._left_out += 1
            return
        self._problems.append(broken(rule, message, name))

    def problems(self) -> list[Problem]:
        if not self._left_out:
            return list(self._problems)
        more = broken(TOO_MANY_PROBLEMS, f"{self._left_out} more problems are not listed.")
        return [*self._problems, more]


def broken(rule: Rule, message: str, name: str | None = None) -> Problem:
    return Problem(
        category=rule.category,
        code=rule.code,
        path=None if name is None else printable(name),
        message=message,
        remedy=rule.remedy,
    )


def refuse(rule: Rule, message: str, name: str | None = None) -> NoReturn:
    """Raises: InvalidArchive with this one problem."""
    raise InvalidArchive(problems=[broken(rule, message, name)])


def printable(name: str) -> str:
    """The name with everything escaped that a terminal, a log or a page would not show as it is."""
    shown = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in name)
    return shown if len(shown) <= MAX_SHOWN else shown[: MAX_SHOWN - 1] + "…"
