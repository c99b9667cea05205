"""The log tells who did what, and holds nothing that opens a door."""

from __future__ import annotations

from structlog.testing import capture_logs

from libs.common.jobs.model import Role

from .house import Gateway


async def test_requests_are_logged_with_caller_and_route_and_without_secrets(staffed: Gateway) -> None:
    headers = await staffed.token(Role.VIEWER)
    with capture_logs() as entries:
        async with staffed.http.get("/api/package-docker/click?secret=1", headers=headers) as response:
            url = (await response.json())["download_url"]
        async with staffed.http.get(url) as response:
            await response.read()
        async with staffed.http.get("/livez") as response:
            await response.read()
        async with staffed.http.get("/nowhere-secret") as response:
            await response.read()

    requests = [entry for entry in entries if entry["event"] == "request" and entry["log_level"] == "info"]
    assert [(entry["route"], entry["status"], entry["caller"]) for entry in requests] == [
        ("/api/package-docker/{slug}", 200, "viewer@example.org"),
        ("/downloads/{token}/{filename}", 200, None),
        (None, 404, None),
    ]
    assert requests[0]["slug"] == "click"
    text = str(entries)
    assert headers["Authorization"].removeprefix("Bearer ") not in text
    assert url.split("/downloads/")[1] not in text
    assert "secret" not in text
