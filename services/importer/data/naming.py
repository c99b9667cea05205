"""Which collections an upload's data go to, and whether they may: names, options and what views look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from libs.common.database.kinds import Kind
from libs.common.errors import Problem
from libs.common.manifest.slug import owner_of
from services.importer.data.sections import Section
from services.importer.data.spooling import COLLECTIONS_FILE

CREATE_OPTIONS: Final = frozenset(
    {"capped", "size", "max", "validator", "validationLevel", "validationAction", "collation", "timeseries"}
    | {"expireAfterSeconds", "clusteredIndex", "changeStreamPreAndPostImages", "viewOn", "pipeline"}
)
"""Options of createCollection that describe data; the others choose storage or encryption on one server."""
LONGEST_NAME: Final = 160
"""Bytes: the server allows 255 with the database's name and what it adds for time series."""

Rename = Callable[[str], str]


@dataclass(frozen=True)
class Named:
    """A collection of the upload under the name that it gets, with its options for that name."""

    section: Section
    name: str
    options: Mapping[str, Any]

    @property
    def named_before(self) -> str | None:
        return None if self.section.name == self.name else self.section.name


@dataclass(frozen=True)
class Slugs:
    """`slug` gets the data; `former` are its names in the ZIP, `known` all slugs here, `read` those it may read."""

    slug: str
    former: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()
    read: frozenset[str] = frozenset()

    def rename(self, name: str) -> str:
        """The name under the new slug of a collection of the ZIP; any other stays (longest slug wins)."""
        owner = owner_of(name, {self.slug, *self.former})
        return f"{self.slug}{name[len(owner) :]}" if owner in self.former else name

    def owner(self, name: str) -> str | None:
        return owner_of(name, {self.slug, *self.known, *self.read})


def name_sections(sections: Sequence[Section], slugs: Slugs) -> tuple[list[Named], list[Problem]]:
    """All collections by their new names, and all that is wrong with them."""
    named = [
        Named(section, slugs.rename(section.name), _rename_views(section.options, slugs.rename))
        for section in sections
    ]
    times = Counter(each.name for each in named)
    problems = [problem for each in named for problem in _faults(each, slugs)]
    problems += [
        _problem("collection-twice", name, f"{count} collections of the ZIP would be {name}.")
        for name, count in times.items()
        if count > 1
    ]
    return named, problems


def _faults(named: Named, slugs: Slugs) -> Iterator[Problem]:
    where = named.section.name
    owner = slugs.owner(named.name)
    if owner != slugs.slug:
        whose = f"belongs to the experiment {owner}" if owner else f"does not begin with {slugs.slug}_"
        yield _problem("foreign-collection", where, f"The collection {named.name} {whose}.")
    if len(named.name.encode()) > LONGEST_NAME or "\0" in named.name or "$" in named.name:
        yield _problem("invalid-collection-name", where, f"{named.name[:80]!r} is no name of a collection.")
    for option in sorted(set(named.options) - CREATE_OPTIONS):
        yield _problem(
            "unknown-option", where, f"Collections cannot be created with the option {option[:80]!r}."
        )
    if not _fits(named.section.kind, named.options):
        yield _problem("unknown-option", where, f"The options are not those of a {named.section.kind}.")
        return
    for looked_at in sorted(set(_looked_at(named.options))):
        if slugs.owner(looked_at) not in {slugs.slug, *slugs.read}:
            message = f"The view looks at {looked_at[:80]!r}, which this experiment may not read."
            yield _problem("foreign-view", where, message)


def _fits(kind: Kind, options: Mapping[str, Any]) -> bool:
    """Whether the options make a collection of that kind."""
    marks = {Kind.VIEW: "viewOn", Kind.TIMESERIES: "timeseries", Kind.CAPPED: "capped"}
    if any((mark in options) != (kind is each) for each, mark in marks.items()):
        return False
    if kind is Kind.VIEW:
        return isinstance(options["viewOn"], str) and isinstance(options.get("pipeline", []), list)
    return kind is not Kind.TIMESERIES or isinstance(options["timeseries"], dict)


def _looked_at(options: Mapping[str, Any]) -> list[str]:
    found: list[str] = []

    def note(name: str) -> str:
        found.append(name)
        return name

    _rename_views(options, note)
    return found


def _rename_views(options: Mapping[str, Any], rename: Rename) -> dict[str, Any]:
    """The options of createCollection with each name that a view looks at renamed."""
    renamed = dict(options)
    if isinstance(options.get("viewOn"), str):
        renamed["viewOn"] = rename(options["viewOn"])
        renamed["pipeline"] = _rename_stages(options.get("pipeline", []), rename)
    return renamed


def _rename_stages(stages: Any, rename: Rename) -> Any:
    if not isinstance(stages, list):
        return stages
    return [_rename_stage(stage, rename) for stage in stages]


def _rename_stage(stage: Any, rename: Rename) -> Any:
    """$lookup, $graphLookup and $unionWith name collections; their pipelines and those of $facet may, too."""
    if not isinstance(stage, dict):
        return stage
    return {operator: _rename_operand(operator, operand, rename) for operator, operand in stage.items()}


def _rename_operand(operator: str, operand: Any, rename: Rename) -> Any:
    if operator == "$unionWith" and isinstance(operand, str):
        return rename(operand)
    if not isinstance(operand, dict):
        return operand
    if operator == "$facet":
        return {name: _rename_stages(stages, rename) for name, stages in operand.items()}
    if operator not in {"$lookup", "$graphLookup", "$unionWith"}:
        return operand
    renamed = dict(operand)
    for key in ("from", "coll"):
        if key in operand:
            # Another form than a name reaches into other databases, and belongs to nobody.
            renamed[key] = rename(operand[key] if isinstance(operand[key], str) else str(operand[key]))
    if "db" in operand:
        rename(f"{operand['db']}.*")
    if "pipeline" in operand:
        renamed["pipeline"] = _rename_stages(operand["pipeline"], rename)
    return renamed


def cut_problems(named: Iterable[Named]) -> list[Problem]:
    """A replacement by collections that were cut when they were exported would lose the rest of them."""
    return [
        Problem(
            category="constraint",
            code="data-cut",
            path=f"{COLLECTIONS_FILE}: {each.section.name}",
            message=f"Only {each.section.documents} of {each.section.total} documents were exported.",
            remedy="Use with_data=merge, export with a higher EXPORT_DOCUMENT_LIMIT, or send accept_cut=true.",
        )
        for each in named
        if each.section.is_cut
    ]


def _problem(code: str, collection: str, message: str) -> Problem:
    path = f"{COLLECTIONS_FILE}: {collection[:200]}"
    return Problem(category="constraint", code=code, path=path, message=message)
