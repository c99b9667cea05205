"""Documents and their pages, as they are served."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from libs.common.events.catalogue import COMMANDS, EVENTS
from scripts.docs import documents
from tests.integration.services.gateway.house import Gateway


async def test_machines_get_what_stands_in_the_repository(gateway: Gateway) -> None:
    """Without a token, too."""
    for name, content in documents().items():
        async with gateway.http.get(f"/{name}", headers={"Forwarded": "for=elsewhere"}) as response:
            assert (response.status, response.content_type) == (200, "application/json")
            assert await response.read() == content


async def test_every_schema_stands_at_its_address(gateway: Gateway) -> None:
    for each in (*EVENTS.values(), *COMMANDS.values()):
        async with gateway.http.get(each.schema_path) as response:
            assert (response.status, response.content_type) == (200, "application/schema+json")
            example = each.example.model_dump(mode="json", exclude_none=True)
            Draft202012Validator(await response.json()).validate(example)


@pytest.mark.parametrize("path", ["/schemas/1/export.exploded.json", "/schemas/2/export.completed.json"])
async def test_there_are_no_other_schemas(gateway: Gateway, path: str) -> None:
    async with gateway.http.get(path) as response:
        assert response.status == 404


async def test_people_read_them_as_pages(gateway: Gateway) -> None:
    for path, expected in {
        "/docs": ("/api/jobs/{job_id}/events", "Idempotency-Key", "For the role `admin` and above."),
        "/docs/events": ("experiment.registered", "/schemas/1/export.request.json", "entrepot.events"),
    }.items():
        async with gateway.http.get(path, headers={"Accept": "text/html"}) as response:
            text = await response.text()
        assert (response.status, response.content_type) == (200, "text/html")
        for each in expected:
            assert each in text
