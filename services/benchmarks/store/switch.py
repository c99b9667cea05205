"""The one short transaction that makes new generations visible (DESIGN §8)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pymongo.errors import DuplicateKeyError

from libs.common.benchmarks.model import CompanyDocument
from libs.common.database.client import Database, Session, in_transaction
from libs.common.database.collections import BENCHMARK_COMPANIES
from libs.common.jobs.run import Commit, Postponed
from services.benchmarks.store.generations import Generations


class CompanyMoved(Postponed):
    """A company changed while this work was planned on it; it is planned anew, as often as others are quicker."""

    code = "company-moved"


@dataclass(frozen=True)
class Change:
    """One company before and after; None where it is not there."""

    before: CompanyDocument | None
    after: CompanyDocument | None


class Switch:
    """All changes of one import or run; `commit` fits `Outcome.commit`."""

    def __init__(self, database: Database, changes: Sequence[Change]) -> None:
        self._companies = database[BENCHMARK_COMPANIES]
        self._generations = Generations(database)
        self._changes = changes

    @property
    def written(self) -> set[str]:
        """Generations that become visible by this."""
        return _generations(change.after for change in self._changes) - self._visible

    @property
    def _visible(self) -> set[str]:
        return _generations(change.before for change in self._changes)

    async def commit(self, session: Session) -> None:
        """Raises: CompanyMoved, GenerationGone."""
        for change in self._changes:
            await self._apply(change, session)
        old = self._visible - _generations(change.after for change in self._changes)
        await self._generations.switch(self.written, old, session)

    async def _apply(self, change: Change, session: Session) -> None:
        if change.before is None:
            if change.after is not None:
                await self._insert(change.after, session)
            return
        planned_on = {"_id": change.before.id, "revision": change.before.revision}
        if change.after is None:
            count = (await self._companies.delete_one(planned_on, session=session)).deleted_count
        else:
            document = change.after.as_document()
            count = (await self._companies.replace_one(planned_on, document, session=session)).matched_count
        if not count:
            raise CompanyMoved(f"{change.before.name} changed meanwhile.")

    async def _insert(self, company: CompanyDocument, session: Session) -> None:
        try:
            await self._companies.insert_one(company.as_document(), session=session)
        except DuplicateKeyError as error:
            raise CompanyMoved(f"{company.name} was added meanwhile.") from error


async def apply(database: Database, commit: Commit) -> None:
    """The transaction by itself, for work that is no job. Raises: what the commit raises."""

    async def work(session: Session) -> None:
        await commit(session)

    await in_transaction(database, work)


def _generations(companies: Iterable[CompanyDocument | None]) -> set[str]:
    return {name for company in companies if company is not None for name in company.generations()}
