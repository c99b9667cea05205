"""The command: all checks in turn, as a table or for machines."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from dataclasses import asdict
from typing import Annotated, Final

import typer
from pydantic import ValidationError
from rich.markup import escape
from rich.table import Table

from libs.common.database.client import connect
from libs.common.errors import EntrepotError
from libs.common.home import Role, enter_home, resolve_mongo_uri
from libs.common.limits import Limits
from libs.common.logs import configure_logs
from libs.common.settings import Settings
from libs.manage.console import wide_console
from libs.manage.doctor.finding import Finding, Verdict, failed, ok
from libs.manage.doctor.machine import examine_machine
from libs.manage.doctor.parts import examine_bus, examine_database, examine_storage
from libs.manage.doctor.work import examine_callers, examine_gateway, examine_hosting, examine_jobs

STYLES: Final = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.FAILED: "bold red"}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="A JSON array of findings, for machines.")] = False,
) -> None:
    """Look at settings, disks, database, bus, storage, clocks, tokens, jobs and hosting; say what to mend.

    Exit status: 0 if nothing failed (warnings included), 1 otherwise.

    Example: ./manage.py doctor --json | jq '.[] | select(.verdict != "ok")'
    """
    findings = asyncio.run(_all_findings())
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings]))
    else:
        wide_console().print(_table(findings))
    raise typer.Exit(any(finding.verdict is Verdict.FAILED for finding in findings))


async def _all_findings() -> list[Finding]:
    with suppress(ValidationError):  # which is a finding
        configure_logs(Settings(log_level="error"), service="doctor")
    return [finding async for finding in examine()]


async def examine() -> AsyncIterator[Finding]:
    """All findings, each as soon as it is known."""
    try:
        settings, limits = Settings(), Limits()
    except ValidationError as error:
        for each in error.errors():
            where = ".".join(str(part) for part in each["loc"]) or "settings"
            yield failed("settings", f"{where}: {each['msg']}", "Mend the environment variable of that name.")
        return
    try:
        settings.require_shared_storage()
    except EntrepotError as error:
        yield failed("settings", error.detail, "Give all services one storage.")
    else:
        yield ok("settings", "embedded parts" if settings.is_embedded else "real parts")
    for finding in examine_machine(settings, limits):
        yield finding
    async for finding in _examine_parts(settings, limits):
        yield finding
    async for finding in examine_gateway(settings):
        yield finding


async def _examine_parts(settings: Settings, limits: Limits) -> AsyncIterator[Finding]:
    async with AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(enter_home(settings, Role.COMMAND))
        except EntrepotError as error:
            yield failed("database", error.detail, "Wait for the other command, or stop it.")
            return
        database = connect(resolve_mongo_uri(settings), settings.db_name)
        stack.callback(database.client.close)
        reached = True
        async for finding in examine_database(database):
            reached = reached and finding.verdict is not Verdict.FAILED
            yield finding
        if not reached:
            return
        for findings in (
            examine_bus(settings, database),
            examine_storage(settings, database),
            examine_callers(settings, database),
            examine_jobs(database, limits),
            examine_hosting(database),
        ):
            async for finding in findings:
                yield finding


def _table(findings: list[Finding]) -> Table:
    table = Table("check", "", "finding", "what to do")
    for each in findings:
        style = STYLES[each.verdict]
        table.add_row(each.check, f"[{style}]{each.verdict}[/]", escape(each.detail), escape(each.remedy))
    return table
