"""Commands that change something are noted in the audit log, as requests over HTTP are."""

from __future__ import annotations

import getpass
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from libs.common.audit import AuditEntry, AuditLog, Outcome
from libs.common.database.client import Database
from libs.common.errors import EntrepotError
from libs.common.jobs.model import Role
from libs.common.limits import Limits

OPERATOR: Final = "operator@localhost"
"""Who acts by a command, as on the jobs that commands ask for; `account` says which user of the machine it was."""


@dataclass(frozen=True)
class Deed:
    """What a command is about to do."""

    command: str
    target: str | None = None


@asynccontextmanager
async def noted(database: Database, deed: Deed | None) -> AsyncIterator[None]:
    """Note how what happens while entered ends; None is for what only reads."""
    if deed is None:
        yield
        return
    try:
        yield
    except EntrepotError as error:
        await _note(database, deed, Outcome.REFUSED if error.permanent else Outcome.FAILED)
        raise
    except BaseException:
        await _note(database, deed, Outcome.FAILED)
        raise
    await _note(database, deed, Outcome.DONE)


async def _note(database: Database, deed: Deed, outcome: Outcome) -> None:
    entry = AuditEntry(
        actor=OPERATOR,
        role=Role.ADMIN,
        account=getpass.getuser(),
        action=f"manage.py {deed.command}",
        target=deed.target,
        outcome=outcome,
    )
    await AuditLog(database, kept_seconds=Limits().kept_audit_seconds).record([entry])
