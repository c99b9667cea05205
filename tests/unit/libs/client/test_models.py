"""Every model is what docs/openapi.json says of it: no member of ours is missing there, none is of another kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from entrepot_client.models import benchmarks, experiments, exports, imports, jobs, problems
from pydantic import BaseModel

from .platform import DOCUMENT

SCHEMAS: Mapping[str, Any] = DOCUMENT["components"]["schemas"]
MODELS: Mapping[str, type[BaseModel]] = {
    "Accepted": jobs.Accepted,
    "JobDocument": jobs.Job,
    "JobDocumentPage": jobs.JobPage,
    "ProblemDetails": problems.ProblemDetails,
    "ExportAnswer": exports.Export,
    "ImportAnswer": imports.Import,
    "ExperimentOverview": experiments.Experiment,
    "ExperimentPage": experiments.ExperimentPage,
    "VersionPage": experiments.VersionPage,
    "ChangeAnswer": experiments.Change,
    "CompanyList": benchmarks.CompanyList,
    "RosterList": benchmarks.RosterList,
    "RunPage": benchmarks.RunPage,
    "RunWithResults": benchmarks.RunWithResults,
    "DumpAnswer": benchmarks.Dump,
    "UploadAnswer": benchmarks.BenchmarkImport,
}
"""By the name of the answer; what they are made of is compared with them."""


@pytest.mark.parametrize("name", MODELS)
def test_it_fits_the_document(name: str) -> None:
    ours = MODELS[name].model_json_schema()

    assert list(differences(name, ours, SCHEMAS[name], ours.get("$defs", {}))) == []


def differences(
    place: str, ours: Mapping[str, Any], theirs: Mapping[str, Any], defined: Mapping[str, Any]
) -> Iterator[str]:
    """What an answer may be and our model does not take, by its place."""
    ours, theirs = _resolved(_given(ours), defined), _resolved(theirs, SCHEMAS)
    if _is_anything(ours) or _is_anything(theirs):
        return
    kinds = _kind(ours), _kind(theirs)
    if kinds[0] != kinds[1] and kinds != ("number", "integer"):
        yield f"{place}: {kinds[0]} is {kinds[1]} there"
    if "enum" in ours and set(_values(ours)) != set(_values(theirs)):
        yield f"{place}: {_values(ours)} is {_values(theirs)} there"
    if "items" in ours:
        yield from differences(f"{place}[]", ours["items"], theirs["items"], defined)
    described = theirs.get("properties", {})
    for name, schema in ours.get("properties", {}).items():
        if name not in described:
            yield f"{place}.{name}: there is none"
            continue
        if name in ours.get("required", []) and name not in theirs["required"]:
            yield f"{place}.{name}: it may be absent"
        yield from differences(f"{place}.{name}", schema, described[name], defined)


def _given(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """What may be None with us is absent in answers."""
    choices = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    return choices[0] if choices else schema


def _resolved(schema: Mapping[str, Any], defined: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = defined[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    return found


def _is_anything(schema: Mapping[str, Any]) -> bool:
    """An object of which one side does not say what it holds."""
    return schema.get("type") == "object" and "properties" not in schema


def _kind(schema: Mapping[str, Any]) -> str:
    return str(schema.get("format") or schema["type"])


def _values(schema: Mapping[str, Any]) -> list[str]:
    return list(schema.get("enum") or ([schema["const"]] if "const" in schema else []))


@pytest.mark.parametrize(
    ("ours", "theirs", "complaint"),
    [
        ({"type": "string"}, {"type": "integer"}, "x: string is integer there"),
        (
            {"type": "string", "enum": ["a"]},
            {"type": "string", "enum": ["a", "b"]},
            "x: ['a'] is ['a', 'b'] there",
        ),
        (
            {"properties": {"a": {}}, "type": "object"},
            {"properties": {}, "type": "object"},
            "x.a: there is none",
        ),
        (
            {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
            {"type": "object", "properties": {"a": {"type": "string"}}, "required": []},
            "x.a: it may be absent",
        ),
        (
            {"type": "array", "items": {"type": "string"}},
            {"type": "array", "items": {"type": "integer"}},
            "x[]: string is integer there",
        ),
    ],
)
def test_a_difference_is_found(ours: dict[str, Any], theirs: dict[str, Any], complaint: str) -> None:
    assert list(differences("x", ours, theirs, {})) == [complaint]
