"""How an import ends: what is told of it, and the one commit that makes it count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from libs.common.database.client import Session
from libs.common.events.imports import ImportCompleted, ImportPlan, ImportRequest
from libs.common.jobs.run import Commit, Outcome
from services.importer.data.journal import Journal, Switch
from services.importer.install import Installed
from services.importer.plan import Action


@dataclass(frozen=True)
class Written:
    """What waits for the commit: a version, where the files differ, and data, where they were wanted."""

    installed: Installed | None
    switch: Switch | None

    def outcome(self, plan: ImportPlan, journal: Journal) -> Outcome:
        commits: list[Commit] = []
        also = []
        if self.installed is not None:
            commits.append(self.installed.commit)
            also.append(("experiment.registered", self.installed.registered))
        if self.switch is not None:
            commits.append(journal.keep(self.switch))
        revision = self.installed.version.revision if self.installed else plan.base_revision
        replaces = self.installed is not None and plan.base_revision is not None
        completed = ImportCompleted(
            slug=plan.slug,
            dry_run=False,
            revision=revision,
            plan=plan,
            # Not `base_revision`: a working copy that was edited by hand has become a revision in between.
            replaced_revision=revision - 1 if replaces and revision else None,
            kept_data=self.switch.told() if self.switch else None,
            message=self._message(plan, revision),
        )
        return Outcome("import.completed", completed, also=also, commit=_all(commits))

    def _message(self, plan: ImportPlan, revision: int | None) -> str:
        said = [f"{plan.slug} keeps its files; it is at revision {revision}."]
        if self.installed is not None:
            verb = "registered" if plan.action == Action.CREATE else "replaced"
            said = [f"{plan.slug} was {verb}; it is at revision {revision} now."]
        if plan.data is not None:
            said.append(f"{len(plan.data.collections)} collections were {plan.data.mode}d.")
        return " ".join(said)


def nothing_written(command: ImportRequest, plan: ImportPlan) -> Outcome:
    """Of a dry run, or where there is nothing to change."""
    reasons = {
        Action.UNCHANGED: "The files are those of the registered version.",
        Action.SKIP: f"{plan.slug} is registered already, and on_conflict=skip keeps it.",
    }
    reason = reasons.get(Action(plan.action), "This was a dry run.")
    completed = ImportCompleted(
        slug=plan.slug,
        dry_run=command.dry_run,
        revision=plan.base_revision,
        plan=plan,
        message=f"{reason} Nothing was changed.",
    )
    return Outcome("import.completed", completed)


def _all(commits: Sequence[Commit]) -> Commit:
    async def commit(session: Session) -> None:
        for each in commits:
            await each(session)

    return commit
