"""JSON Schemas of what is sent and what is taken."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any, Final, Literal

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from services.gateway.documents.docstrings import field_docstrings

Schema = dict[str, Any]
Mode = Literal["validation", "serialization"]

SENT: Final[Mode] = "serialization"
TAKEN: Final[Mode] = "validation"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


class _Published(GenerateJsonSchema):
    """What is None is left out of all that we send: there, such fields are not required and never null."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> Schema:
        return self.generate_inner(schema["schema"]) if self.mode == SENT else super().nullable_schema(schema)

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> Schema:
        described = super().default_schema(schema)
        if self.mode == SENT and described.get("default", ...) is None:
            del described["default"]
        return described

    def model_schema(self, schema: core_schema.ModelSchema) -> Schema:
        described = super().model_schema(schema)
        for name, text in field_docstrings(schema["cls"]).items():
            if field := described.get("properties", {}).get(name):
                field.setdefault("description", text)
        return described

    def field_title_should_be_set(self, schema: object) -> bool:
        """A title made of a field's name tells nothing new."""
        return False

    def field_is_required(
        self,
        field: core_schema.ModelField | core_schema.DataclassField | core_schema.TypedDictField,
        total: bool,
    ) -> bool:
        if self.mode == SENT and _is_nullable(field["schema"]):
            return False
        return super().field_is_required(field, total)


def _is_nullable(schema: Any) -> bool:
    while schema["type"] in ("default", "definitions"):
        schema = schema["schema"]
    return bool(schema["type"] == "nullable")


def without_null(schema: Schema) -> Schema:
    """The same for where null cannot be written, such as a query."""
    rest = {name: each for name, each in schema.items() if name not in ("anyOf", "default")}
    choices = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    default = {} if schema.get("default") is None else {"default": schema["default"]}
    if len(choices) == 1:
        return {**rest, **choices[0], **default}
    return {**rest, **({"anyOf": choices} if choices else {}), **default}


def schemas_of(models: Iterable[tuple[Any, Mode]], *, ref_template: str) -> tuple[list[Schema], Schema]:
    """A schema for each model, and the definitions that they refer to."""
    wanted = list(models)
    inputs = [(at, mode, TypeAdapter(model)) for at, (model, mode) in enumerate(wanted)]
    found, defined = TypeAdapter.json_schemas(inputs, ref_template=ref_template, schema_generator=_Published)
    return [found[at, mode] for at, (_, mode) in enumerate(wanted)], defined.get("$defs", {})


def one_schema(models: Iterable[Any], mode: Mode) -> Schema:
    """A document of its own for one of several models."""
    [schema], defined = schemas_of([(reduce(or_, models), mode)], ref_template="#/$defs/{model}")
    return {"$schema": DIALECT, **schema, **({"$defs": defined} if defined else {})}
