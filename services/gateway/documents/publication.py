"""The documents as they are served and as they stand in `docs/`: built once, the same bytes everywhere.

What builds them is loaded with the first that is asked for; no start waits for it.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

import orjson

from services.gateway.routing import Endpoint

if TYPE_CHECKING:
    from services.gateway.documents.outline import Exchange, Group


class Publication:
    """Each is built when first asked for, which takes a moment: use a thread."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self._endpoints = list(endpoints)

    @cached_property
    def openapi(self) -> bytes:
        from services.gateway.documents.openapi import openapi
        from services.gateway.documents.operations import OPERATIONS

        return _written(openapi(self._endpoints, OPERATIONS))

    @cached_property
    def outline(self) -> list[Group]:
        from services.gateway.documents.outline import outline

        return outline(orjson.loads(self.openapi))

    @cached_property
    def asyncapi(self) -> bytes:
        from services.gateway.documents.asyncapi import asyncapi

        return _written(asyncapi())

    @cached_property
    def exchanges(self) -> list[Exchange]:
        from services.gateway.documents.outline import exchanges

        return exchanges()

    def payload_schema(self, routing_key: str) -> bytes | None:
        """The JSON Schema of a payload as a document of its own; None for what is no routing key."""
        from services.gateway.documents.asyncapi import payload_schema

        schema = payload_schema(routing_key)
        return None if schema is None else orjson.dumps(schema)


def _written(document: object) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n"
