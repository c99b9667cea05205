"""What whoever solves tells whoever waits: any number of `Advanced`, then the roster or what went wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TypeAlias

from libs.common.errors import EntrepotError
from services.benchmarks.compute import Tell
from services.benchmarks.compute.work import AlgorithmFailed, Solved, Work, solve


@dataclass(frozen=True, slots=True)
class Advanced:
    """The work has got further."""

    done: float
    objective: float


Message: TypeAlias = Advanced | Solved | EntrepotError


def last_message(work: Work, send: Callable[[Advanced], None]) -> Solved | EntrepotError:
    """Solve, and send how it goes."""

    def advance(done: float, objective: float) -> None:
        send(Advanced(done, objective))

    try:
        return solve(work, advance, lambda: False)
    except EntrepotError as error:
        return error
    except Exception as error:  # noqa: BLE001  (it is told to whoever waits for it)
        return AlgorithmFailed(f"{type(error).__name__}: {error}")


async def outcome(messages: AsyncIterator[Message], tell: Tell) -> Solved | None:
    """The roster; None if the messages end without one. Raises: the error that was sent."""
    async for message in messages:
        if isinstance(message, Solved):
            return message
        if isinstance(message, EntrepotError):
            raise message
        tell(message.done, message.objective)
    return None
