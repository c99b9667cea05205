"""Requests to one platform: authenticated, with deadlines; a refusal is raised as what it says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from entrepot_client.configuration import Configuration
from entrepot_client.errors import NotUnderstood, Refused, Unreachable
from entrepot_client.models.problems import ProblemDetails

TIMEOUT: Final = httpx.Timeout(60.0, connect=10.0)
"""Of one read or write; an answer comes after 30 s at the latest."""
SILENCE: Final = httpx.Timeout(45.0, connect=10.0)
"""A stream says something every 15 s, if only where it is."""
PROBLEM: Final = "application/problem+json"
USER_AGENT: Final = "entrepot-client/1"

M = TypeVar("M", bound=BaseModel)


class Transport:
    """The platform's own addresses, as `/api/…`."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def get(self, path: str, model: type[M], params: Mapping[str, Any] | None = None) -> M:
        """Raises: Refused, Unreachable, NotUnderstood."""
        return understood(await self.send("GET", path, params=params), model)

    async def send(
        self, method: str, path: str, *, params: Mapping[str, Any] | None = None, **content: Any
    ) -> httpx.Response:
        """An answer below 400, redirects included. Raises: Refused, Unreachable, NotUnderstood."""
        try:
            response = await self._http.request(method, path, params=_given(params), **content)
        except httpx.TransportError as error:
            raise self._unreachable(error) from error
        _refuse(response)
        return response

    @asynccontextmanager
    async def stream(self, path: str, params: Mapping[str, Any]) -> AsyncIterator[httpx.Response]:
        """An answer that goes on; breaking off is `Unreachable`, too. Raises: as `send`."""
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
        try:
            async with self._http.stream(
                "GET", path, params=_given(params), headers=headers, timeout=SILENCE
            ) as response:
                if response.is_error:
                    await response.aread()
                _refuse(response)
                yield response
        except httpx.TransportError as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: httpx.TransportError) -> Unreachable:
        return Unreachable(f"{self._http.base_url} does not answer: {str(error) or type(error).__name__}.")


@asynccontextmanager
async def open_transport(
    configuration: Configuration, *, wire: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[Transport]:
    """`wire` stands in for the network."""
    headers = {"User-Agent": USER_AGENT}
    if configuration.token is not None:
        headers["Authorization"] = f"Bearer {configuration.token}"
    async with httpx.AsyncClient(
        base_url=configuration.url, headers=headers, timeout=TIMEOUT, transport=wire
    ) as http:
        yield Transport(http)


def understood(response: httpx.Response, model: type[M]) -> M:
    """Raises: NotUnderstood."""
    try:
        return model.model_validate_json(response.content)
    except ValidationError as error:
        raise NotUnderstood(f"{response.url.path} answers what this client does not understand.") from error


def _given(params: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (params or {}).items() if value is not None}


def _refuse(response: httpx.Response) -> None:
    """Raises: Refused, NotUnderstood."""
    if not response.is_error:
        return
    if response.headers.get("Content-Type", "").partition(";")[0] != PROBLEM:
        raise NotUnderstood(f"{response.url.path} answers {response.status_code}: this is no Entrepot.")
    raise Refused(understood(response, ProblemDetails))
