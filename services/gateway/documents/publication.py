"""The documents as they are served and as they stand in `docs/`: built once, the same bytes everywhere."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import orjson

from services.gateway.documents.asyncapi import asyncapi
from services.gateway.documents.openapi import openapi
from services.gateway.documents.operations import OPERATIONS
from services.gateway.documents.outline import Group, outline
from services.gateway.routing import Endpoint


class Publication:
    """Built when first asked for, which takes a moment."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self._endpoints = list(endpoints)

    @cached_property
    def openapi(self) -> bytes:
        return _written(openapi(self._endpoints, OPERATIONS))

    @cached_property
    def outline(self) -> list[Group]:
        return outline(orjson.loads(self.openapi))

    @cached_property
    def asyncapi(self) -> bytes:
        return _written(asyncapi())


def _written(document: object) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n"
