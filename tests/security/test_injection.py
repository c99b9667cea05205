"""What callers send appears in no header and begins no line of a log."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
import structlog
from yarl import URL

from libs.common.jobs.model import Role
from libs.common.logs import configure_logs
from services.gateway.access_log import AccessLog  # noqa: F401  (its records are among those that are read)
from tests.conftest import MakeSettings
from tests.integration.services.gateway.house import Gateway

SPLIT = "%0d%0aX-Injected:%20yes%0d%0a%0d%0a"
FORGED = "click\n2026-01-01 [error] all is lost\x1b[2J\u2028\u0085end"


@pytest.fixture
def written(
    make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[io.StringIO]:
    """What a service writes, in the form that the test asks for."""
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure_logs(make_settings(log_format=request.param), service="gateway")
    structlog.configure(cache_logger_on_first_use=False)
    yield stream
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize("written", ["console", "json"], indirect=True)
def test_a_record_is_one_line(written: io.StringIO) -> None:
    structlog.get_logger("x").warning("request", slug=FORGED, names=[FORGED])
    logging.getLogger("some.library").warning("%s", FORGED)

    lines = written.getvalue().split("\n")
    assert len(lines) == 3, written.getvalue()
    assert lines[-1] == ""
    assert all(line.isprintable() for line in lines), lines


@pytest.mark.parametrize("written", ["console"], indirect=True)
def test_tracebacks_stay_readable(written: io.StringIO) -> None:
    try:
        int(FORGED)
    except ValueError:
        structlog.get_logger("x").exception("it failed")
    text = written.getvalue()
    assert "Traceback (most recent call last):\n" in text
    assert "\x1b" not in text


SPLITTING = [
    f"/login?next=/{SPLIT}",
    f"/api/jobs/{SPLIT}",
    f"/api/experiments/{SPLIT}",
    f"/experiments/{SPLIT}",
    f"/experiments/click{SPLIT}",
    f"/api/package-standalone/{SPLIT}?download=1",
    f"/api/exports?slug={SPLIT}",
    f"/{SPLIT}",
]


async def test_no_header_is_split(gateway: Gateway) -> None:
    headers = await gateway.token(Role.ADMIN)
    for path in SPLITTING:
        address = URL(f"{gateway.base_url}{path}", encoded=True)
        async with gateway.http.get(address, headers=headers, allow_redirects=False) as response:
            assert response.status < 500, path
            assert "X-Injected" not in response.headers, path


async def test_the_name_of_a_download_is_quoted(gateway: Gateway) -> None:
    for name in ('a"; filename="evil.exe', "a\r\nX-Injected: yes", "ä.zip"):
        url = await gateway.parts.blobs.link("exports/x.zip", filename=name, seconds=60)
        async with gateway.http.get(url) as response:
            assert response.status == 404
            assert "X-Injected" not in response.headers


async def test_an_answer_says_nothing_of_what_it_was_not_asked(gateway: Gateway) -> None:
    """Errors show no paths of the server, no trace, no version of what it runs on."""
    form = aiohttp.FormData()
    form.add_field("file", b"no ZIP at all", filename="x.zip")
    headers = await gateway.token(Role.DEVELOPER)
    requests: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/api/upload-experiment", {"data": form}),
        ("POST", "/api/webhooks", {"data": b"{", "headers": {"Content-Type": "application/json"}}),
        ("GET", "/api/jobs?limit=x", {}),
        ("GET", "/api/events?after=x", {}),
        ("GET", "/api/jobs/none", {}),
    ]
    for method, path, options in requests:
        given = headers | options.pop("headers", {})
        async with gateway.http.request(method, path, headers=given, **options) as response:
            text = await response.text()
            assert 400 <= response.status < 500, path
            assert "Traceback" not in text
            assert str(gateway.parts.settings.home) not in text
            assert "aiohttp" not in response.headers.get("Server", "")
