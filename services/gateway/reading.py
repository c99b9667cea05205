"""Queries and JSON bodies, read into models; all that is wrong is told at once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Final, TypeVar

from aiohttp import web
from pydantic import BaseModel, Field, StringConstraints, ValidationError

from libs.common.errors import BadRequest, InvalidInput, Problem, UnsupportedMedia

BODY_SECONDS: Final = 30
"""A body of at most 1 MiB takes no longer on any line that is worth waiting for."""
PAGE_LIMIT: Final = 200

PageSize = Annotated[int, Field(ge=1, le=PAGE_LIMIT)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]

M = TypeVar("M", bound=BaseModel)


def read_query(request: web.Request, model: type[M]) -> M:
    """Raises: BadRequest."""
    try:
        return model.model_validate(dict(request.query))
    except ValidationError as error:
        raise BadRequest("The query does not fit.", problems=problems_of(error)) from error


def read_fields(fields: Mapping[str, str], model: type[M]) -> M:
    """Fields of a form, of which empty ones count as not sent. Raises: BadRequest."""
    try:
        return model.model_validate({name: value for name, value in fields.items() if value != ""})
    except ValidationError as error:
        raise BadRequest("The form does not fit.", problems=problems_of(error)) from error


async def read_json(request: web.Request, model: type[M]) -> M:
    """No body at all counts as `{}`. Raises: BadRequest, InvalidInput, UnsupportedMedia."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await request.read()
    except TimeoutError as error:
        raise web.HTTPRequestTimeout from error
    if body and request.content_type != "application/json":
        raise UnsupportedMedia("Send the body as application/json.")
    try:
        return model.model_validate_json(body or b"{}")
    except ValidationError as error:
        if any(detail["type"] == "json_invalid" for detail in error.errors()):
            raise BadRequest("The body is no valid JSON.") from error
        raise InvalidInput("The body does not fit.", problems=problems_of(error)) from error


def problems_of(error: ValidationError) -> list[Problem]:
    return [
        Problem(
            category="request",
            code="invalid-value",
            path=".".join(map(str, detail["loc"])) or None,
            message=detail["msg"],
        )
        for detail in error.errors(include_url=False, include_context=False, include_input=False)
    ]
