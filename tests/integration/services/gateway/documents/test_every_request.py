"""Every operation of the OpenAPI document against a live gateway: no 5xx, no answer that is not described."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from libs.common.settings import Settings
from services.gateway.app import interface
from services.gateway.documents.openapi import openapi
from services.gateway.documents.operations import OPERATIONS

from .conftest import TOKEN

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
STREAMS = ["/api/events", "/api/jobs/{job_id}/events"]
"""They do not end by themselves; they have tests of their own."""

schema = schemathesis.openapi.from_dict(openapi(interface(Settings.model_construct()), OPERATIONS)).exclude(
    path=STREAMS
)


@pytest.mark.xdist_group("documents")
@schema.parametrize()
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_as_it_is_described(case: schemathesis.Case[Any], address: str) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    response = case.call(base_url=address, headers=headers, allow_redirects=False, timeout=20)
    case.validate_response(response, checks=CHECKS)
