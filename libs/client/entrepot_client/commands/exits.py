"""How commands end, as a number for scripts."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from entrepot_client.configuration import Misconfigured
from entrepot_client.errors import EntrepotClientError, NotUnderstood, Refused, StillRunning, Unreachable


class Exit(IntEnum):
    FAILED = 1
    """The platform refused the input, or the work has failed."""
    USAGE = 2
    """Also of the environment; Typer's own for options."""
    UNREACHABLE = 3
    NOT_ALLOWED = 4
    NOT_FOUND = 5
    CONFLICT = 6
    """The present state forbids it: a plan has changed, a slug is taken."""
    STILL_RUNNING = 7


BY_STATUS: Final = {
    401: Exit.NOT_ALLOWED,
    403: Exit.NOT_ALLOWED,
    404: Exit.NOT_FOUND,
    409: Exit.CONFLICT,
    502: Exit.UNREACHABLE,
    503: Exit.UNREACHABLE,
    504: Exit.UNREACHABLE,
}


def exit_of(error: EntrepotClientError) -> Exit:
    match error:
        case Refused():
            return BY_STATUS.get(error.status, Exit.FAILED)
        case Unreachable() | NotUnderstood():
            return Exit.UNREACHABLE
        case StillRunning():
            return Exit.STILL_RUNNING
        case Misconfigured():
            return Exit.USAGE
    return Exit.FAILED
