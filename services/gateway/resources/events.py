"""Streams of events over HTTP."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints

from libs.common.events.envelope import TYPE_PREFIX
from services.gateway.events.entry import EVERYTHING
from services.gateway.resources.model import HttpModel

PATTERNS = 20

Pattern = Annotated[str, StringConstraints(pattern=r"^([a-z_]+|[*#])(\.([a-z_]+|[*#]))*$", max_length=100)]
"""A topic pattern of routing keys: `*` stands for one word, `#` for any number of them."""


def _split(value: object) -> object:
    if not isinstance(value, str):
        return value
    return [part.strip().removeprefix(TYPE_PREFIX) for part in value.split(",")]


Patterns = Annotated[list[Pattern], BeforeValidator(_split), Field(min_length=1, max_length=PATTERNS)]


class ResumeQuery(HttpModel):
    """`after` is for who cannot send the header `Last-Event-ID`; 0 asks for all that is kept."""

    after: Annotated[int, Field(ge=0, lt=2**63)] | None = None


class EventQuery(ResumeQuery):
    """Which events to hear of; several patterns of `type` are separated by commas."""

    type: Patterns = [EVERYTHING]
    subject: Annotated[str, Field(max_length=200)] | None = None
    correlation_id: Annotated[str, Field(max_length=200)] | None = None
