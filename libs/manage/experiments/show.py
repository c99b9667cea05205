"""`experiments list|status|versions`: what is known, read from the database."""

from __future__ import annotations

from pymongo import DESCENDING

from libs.common.database.client import Database
from libs.common.database.collections import EXPERIMENT_VERSIONS
from libs.common.overview import ExperimentOverview, Overviews
from libs.common.registry import ExperimentNotFound, Registry
from libs.common.versions import Version
from libs.manage.console import wide_console
from libs.manage.experiments.options import AsJson, Slug
from libs.manage.experiments.outcome import echo_json, told
from libs.manage.experiments.tables import list_table, status_table, versions_table
from libs.manage.session import with_database

PAGE = 200
NEWEST = 200
"""Versions that are listed; ten of them are kept, unless it is set otherwise."""
NONE_YET = "No experiments yet. `manage.py up` brings examples; POST /api/upload-experiment imports your own."


def show_list(*, as_json: AsJson = False) -> None:
    """List all experiments, how they are hosted, and their last exports.

    Example: ./manage.py experiments list
    """
    with told(as_json=as_json):
        found = with_database(_all)
    if as_json:
        echo_json([each.model_dump(mode="json") for each in found])
    else:
        wide_console().print(list_table(found) if found else NONE_YET)


def status(slug: Slug, *, as_json: AsJson = False) -> None:
    """Show one experiment: what serves, its routes and its actor, the last error, indexes.

    Exit status: 0, 2 if there is no such experiment.

    Example: ./manage.py experiments status click
    """
    with told(as_json=as_json):
        found = with_database(lambda database: Overviews(database).get(slug))
    if as_json:
        echo_json(found.model_dump(mode="json"))
    else:
        wide_console().print(status_table(found))


def versions(slug: Slug, *, as_json: AsJson = False) -> None:
    """List the versions of an experiment, the newest first; the current one has a star.

    Exit status: 0, 2 if there never was such an experiment.

    Example: ./manage.py experiments versions click
    """
    with told(as_json=as_json):
        found, current = with_database(lambda database: _versions(database, slug))
    if as_json:
        shown = [
            version.model_dump(mode="json", exclude={"bundle"})
            | {"kept": version.bundle is not None, "current": version.revision == current}
            for version in found
        ]
        echo_json(shown)
    else:
        wide_console().print(versions_table(found, current=current))


async def _all(database: Database) -> list[ExperimentOverview]:
    overviews, found = Overviews(database), list[ExperimentOverview]()
    while page := await overviews.page(after=found[-1].slug if found else "", limit=PAGE):
        found += page
    return found


async def _versions(database: Database, slug: str) -> tuple[list[Version], int | None]:
    """Raises: ExperimentNotFound."""
    documents = database[EXPERIMENT_VERSIONS].find({"slug": slug}).sort("revision", DESCENDING)
    found = [Version.model_validate(document) async for document in documents.limit(NEWEST)]
    if not found:
        raise ExperimentNotFound(f"There is no experiment {slug!r}, and there never was one.")
    try:
        current = (await Registry(database).get(slug)).platform.revision
    except ExperimentNotFound:  # it was deleted
        return found, None
    return found, current
