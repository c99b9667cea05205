"""Writes the rows of a plan as generations that nobody sees, and makes the switch to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from libs.common.benchmarks.model import CompanyDocument, PublishedRoster
from libs.common.database.client import Database, Session
from libs.common.database.collections import BENCHMARK_EMPLOYEES, BENCHMARK_ROSTERS, BENCHMARK_SHIFTS
from libs.common.events.envelope import new_id
from libs.common.jobs.run import Commit
from libs.common.threads import in_thread
from services.benchmarks.dump.content import Keys
from services.benchmarks.imports.plan import CompanyPlan, PlannedRoster
from services.benchmarks.imports.planning import Planned
from services.benchmarks.imports.sizes import require_document_size
from services.benchmarks.problem.workplace import Company, Workplace
from services.benchmarks.store.generations import Generations
from services.benchmarks.store.numbers import Numbered, Numbers
from services.benchmarks.store.results import Results
from services.benchmarks.store.rosters import rows_of
from services.benchmarks.store.runs import Runs
from services.benchmarks.store.switch import Change, Switch
from services.benchmarks.store.workplaces import UNNUMBERED, Master

Tell = Callable[[str, int, int], None]
"""Stage, done and total."""


def silently(_stage: str, _done: int, _total: int) -> None:
    """For callers that show no progress."""


async def write_import(database: Database, planned: Planned, tell: Tell) -> Commit:
    """The transaction that makes it all visible, to be run with whatever must happen with it.

    It raises CompanyMoved or GenerationGone if the plan no longer holds.
    """
    writer = _Writer(database)
    changes = []
    try:
        for done, plan in enumerate(planned.companies):
            tell("writing", done, len(planned.companies))
            changes.append(Change(plan.before, await writer.write(plan)))
    except BaseException:
        await writer.discard()
        raise
    switch = Switch(database, [change for change in changes if change.before != change.after])
    results, runs = Results(database), Runs(database)

    async def commit(session: Session) -> None:
        await switch.commit(session)
        await results.take_over(planned.results, session)
        await runs.take_over(planned.results, session)

    return commit


class _Writer:
    def __init__(self, database: Database) -> None:
        self._generations = Generations(database)
        self._numbers = Numbers(database)
        self._started: list[str] = []

    async def discard(self) -> None:
        """Give up everything that was written."""
        await self._generations.discard(self._started)

    async def write(self, plan: CompanyPlan) -> CompanyDocument | None:
        """The company as it will be; None if it goes."""
        if plan.facts is None or plan.merged is None:
            return None
        if plan.before is not None and not _differs(plan):
            return plan.before
        company_id = plan.before.id if plan.before else (await self._numbers.take(Numbered.COMPANY, 1))[0]
        master = await self._numbered(plan.merged.master)
        keys, workplace = master.keys(company_id), master.workplace(plan.facts)
        if plan.before is None or plan.merged.changes:
            generation = await self._write_master(master)
        else:
            generation = plan.before.master
        rosters = [await self._publish(planned, workplace, keys) for planned in plan.rosters]
        company = _document(plan.facts, company_id, generation, master, rosters)
        require_document_size(company)
        return company

    async def _numbered(self, master: Master) -> Master:
        """Give ids to new rows."""
        new_shifts = sum(shift.id == UNNUMBERED for shift in master.shifts)
        new_people = sum(employee.id == UNNUMBERED for employee in master.employees)
        shift_ids = iter(await self._numbers.take(Numbered.SHIFT, new_shifts))
        employee_ids = iter(await self._numbers.take(Numbered.EMPLOYEE, new_people))
        return Master(
            [shift.model_copy(update={"id": shift.id or next(shift_ids)}) for shift in master.shifts],
            [
                employee.model_copy(update={"id": employee.id or next(employee_ids)})
                for employee in master.employees
            ],
        )

    async def _start(self) -> str:
        self._started.append(await self._generations.start())
        return self._started[-1]

    async def _write_master(self, master: Master) -> str:
        generation = await self._start()
        shifts = [shift.as_document() for shift in master.shifts]
        employees = [employee.as_document() for employee in master.employees]
        await self._generations.add(generation, BENCHMARK_SHIFTS, shifts)
        await self._generations.add(generation, BENCHMARK_EMPLOYEES, employees)
        return generation

    async def _publish(self, planned: PlannedRoster, workplace: Workplace, keys: Keys) -> PublishedRoster:
        if planned.content is None:
            return planned.published
        generation = await self._start()
        rows = await in_thread(rows_of, planned.content, workplace, keys)
        await self._generations.add(generation, BENCHMARK_ROSTERS, rows)
        return planned.published.model_copy(update={"generation": generation})


def _differs(plan: CompanyPlan) -> bool:
    counts = plan.counts
    if any(rows.changes for rows in (counts.company, counts.shift, counts.employee, counts.scheduleentry)):
        return True
    return plan.before is None or [roster.published for roster in plan.rosters] != plan.before.rosters


def _document(
    facts: Company, company_id: int, generation: str, master: Master, rosters: Sequence[PublishedRoster]
) -> CompanyDocument:
    return CompanyDocument(
        id=company_id,
        name=facts.name,
        size=facts.size,
        description=facts.description,
        icon=facts.icon,
        color=facts.color,
        sunday_is_workday=facts.sunday_is_workday,
        master=generation,
        shifts=len(master.shifts),
        employees=len(master.employees),
        rosters=list(rosters),
        revision=new_id(),
        updated_at=datetime.now(UTC),
    )
