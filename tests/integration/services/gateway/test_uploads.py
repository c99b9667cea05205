"""Uploads: streamed into storage, refused early, and nothing left behind by what is refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from libs.common.jobs.store import JobFilter

from .conftest import SMALL
from .house import ZIP, Gateway, until, zip_of

PATHS = ["/admin/api/upload-experiment", "/admin/api/upload-experiment/", "/api/upload-experiment"]
BOUNDARY = "limit"


def form(content: bytes = ZIP, name: str = "click_upload.zip", **fields: str) -> aiohttp.FormData:
    data = aiohttp.FormData()
    data.add_field("file", content, filename=name, content_type="application/zip")
    for field, value in fields.items():
        data.add_field(field, value)
    return data


async def post(
    gateway: Gateway, data: Any, path: str = PATHS[0], headers: dict[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    async with gateway.http.post(path, data=data, headers=headers) as response:
        return response.status, await response.json()


async def stored(gateway: Gateway) -> list[str]:
    return [blob.key async for blob in gateway.parts.blobs.list("uploads/")]


async def untouched(gateway: Gateway) -> bool:
    """No file is stored and no job was made."""
    return not await stored(gateway) and not await gateway.parts.jobs.find(JobFilter(), limit=1)


@pytest.mark.parametrize("path", PATHS)
async def test_an_upload_is_imported(staffed: Gateway, path: str) -> None:
    status, body = await post(staffed, form(zip_of({"manifest.json": b"{}"})), path)

    assert status == 200
    assert (body["status"], body["slug"], body["revision"], body["dry_run"]) == ("success", "click", 1, False)
    assert body["plan"]["added"] == ["manifest.json"]
    assert (await staffed.parts.jobs.get(body["job_id"])).requester.email == "operator@localhost"


async def test_fields_reach_the_importer_whatever_their_order(gateway: Gateway) -> None:
    fields = {
        "slug_id": "clock",
        "dry_run": "true",
        "on_conflict": "fail",
        "plan_digest": "abc",
        "note": " seen ",
    }
    before, after = aiohttp.FormData(quote_fields=False), form(ZIP, "click_upload.zip", **fields)
    for name, value in fields.items():
        before.add_field(name, value)
    before.add_field("file", ZIP, filename="../../x\\y.zip")

    for data in (before, after):
        status, body = await post(gateway, data, headers={"Prefer": "respond-async"})
        assert status == 202
        job = await gateway.parts.jobs.get(body["job_id"])
        taken = {name: job.input[name] for name in ("slug", "dry_run", "on_conflict", "plan_digest", "note")}
        assert taken == {
            "slug": "clock",
            "dry_run": True,
            "on_conflict": "fail",
            "plan_digest": "abc",
            "note": "seen",
        }
        assert job.subject == "clock"
    uploads = await gateway.parts.jobs.find(JobFilter(), limit=2)
    assert {job.input["upload_name"] for job in uploads} == {"y.zip", "click_upload.zip"}
    assert sorted(job.input["upload_key"] for job in uploads) == await stored(gateway)


async def test_what_is_wrong_inside_the_zip_is_told_as_a_problem(staffed: Gateway) -> None:
    status, body = await post(staffed, form(zip_of({"bad1": b"", "bad2": b""})))

    assert status == 422
    assert [problem["path"] for problem in body["errors"]] == ["bad1", "bad2"]
    assert (await staffed.parts.jobs.get(body["job_id"])).error is not None


async def test_a_repeated_upload_is_one_job_and_one_file(gateway: Gateway) -> None:
    headers = {"Idempotency-Key": "upload-1", "Prefer": "respond-async"}
    answers = [await post(gateway, form(), headers=headers) for _ in range(2)]
    other = await post(gateway, form(zip_of({"other": b""})), headers=headers)

    assert answers[0][1]["job_id"] == answers[1][1]["job_id"]
    assert other[0] == 422
    assert len(await stored(gateway)) == 1


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (None, 400),
        (b"PK\x05\x06", 400),
        ({"slug_id": "click"}, 400),
        (form(colour="blue"), 400),
        (form(slug_id="Not A Slug"), 400),
        (form(slug_id="export"), 400),
        (form(on_conflict="merge"), 400),
        (form(dry_run="perhaps"), 400),
        (form(note="x" * 9000), 413),
        (form(note="x" * 2001), 400),
        (form(b"GIF89a"), 415),
        (form(b""), 415),
        (form(b"P"), 415),
    ],
)
async def test_what_cannot_be_taken_leaves_nothing(gateway: Gateway, data: Any, status: int) -> None:
    answered, body = await post(gateway, data)

    assert answered == status, body
    assert body["type"].startswith("urn:entrepot:problem:")
    assert await untouched(gateway)


async def test_all_wrong_fields_are_named_at_once(gateway: Gateway) -> None:
    _, body = await post(gateway, form(slug_id="A B", on_conflict="merge", dry_run="perhaps"))

    assert [problem["path"] for problem in body["errors"]] == ["slug_id", "dry_run", "on_conflict"]


async def test_a_file_in_another_field_and_a_second_file_are_refused(gateway: Gateway) -> None:
    wrong, second = aiohttp.FormData(), form()
    wrong.add_field("archive", ZIP, filename="x.zip")
    second.add_field("file", ZIP, filename="y.zip")

    for data in (wrong, second):
        status, body = await post(gateway, data)
        assert status == 400
        assert body["errors"][0]["path"] == "file"
    assert await untouched(gateway)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--limit",
        b"--other\r\n\r\n",
        b"--limit\r\nContent-Disposition: form-data; name=file; filename=x\r\n\r\nPK\x05\x06 and no end",
        b"--limit\r\nno header\r\n\r\nx\r\n--limit--\r\n",
        b"--limit\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\n--x--\r\n--limit--\r\n",
        b"--limit\r\n" + b"X: " + b"y" * 20_000 + b"\r\n\r\n\r\n--limit--\r\n",
        b"--limit\r\nContent-Disposition: form-data; name=note\r\n\r\n\xff\xfe\r\n--limit--\r\n",
        b"--limit\r\nContent-Disposition: form-data\r\n\r\nx\r\n--limit--\r\n",
    ],
)
@pytest.mark.parametrize("content_type", ["multipart/form-data; boundary=limit", "multipart/form-data"])
async def test_a_malformed_form_is_the_clients_mistake(
    gateway: Gateway, body: bytes, content_type: str
) -> None:
    status, problem = await post(gateway, body, headers={"Content-Type": content_type})

    assert status == 400, problem
    assert await untouched(gateway)


async def test_a_declared_size_over_the_limit_is_refused_before_a_byte_is_sent(gateway: Gateway) -> None:
    reader, writer = await connect(gateway)
    writer.write(head(gateway, f"Content-Length: {2**40}\r\nExpect: 100-continue"))

    answer = await reader.readuntil(b"\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"100 Continue" not in answer
    assert b"Connection: close" in answer
    writer.close()


async def test_the_body_is_asked_for_where_it_is_welcome(gateway: Gateway) -> None:
    body = aiohttp.FormData({"slug_id": "x"})
    async with gateway.http.post(
        PATHS[0], data=form(), expect100=True, headers={"Prefer": "wait=0"}
    ) as taken:
        assert taken.status == 202
    async with gateway.http.post(
        PATHS[0], data=body, expect100=True, headers={"Authorization": "Bearer wrong"}
    ) as refused:
        assert refused.status == 401


async def test_over_the_limit_ends_while_the_client_still_sends(gateway: Gateway) -> None:
    """The answer comes although the body never ends, and the connection is closed."""
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b"--limit\r\nContent-Disposition: form-data; name=file; filename=x.zip\r\n\r\nPK\x03\x04"
        while True:
            sent += 65536
            yield bytes(65536)
            await asyncio.sleep(0)

    reader, writer = await connect(gateway)
    writer.write(head(gateway, "Transfer-Encoding: chunked"))
    async with asyncio.timeout(30):
        answer = asyncio.create_task(reader.readuntil(b"\r\n\r\n"))
        async for piece in endless():
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            await writer.drain()
            if answer.done():
                break
    headers = answer.result()
    length = int(headers.split(b"Content-Length: ")[1].split(b"\r\n")[0])
    problem = json.loads(await reader.readexactly(length))
    writer.close()

    assert headers.startswith(b"HTTP/1.1 413 ")
    assert b"Connection: close" in headers
    assert problem["type"] == "urn:entrepot:problem:too-large"
    assert sent < 100 * SMALL
    assert await untouched(gateway)


async def test_exactly_the_limit_is_taken(gateway: Gateway) -> None:
    taken, _ = await post(gateway, form(ZIP + bytes(SMALL - len(ZIP))), headers={"Prefer": "wait=0"})
    over, _ = await post(gateway, form(ZIP + bytes(SMALL - len(ZIP) + 1)))

    assert (taken, over) == (202, 413)
    assert len(await stored(gateway)) == 1


async def test_a_client_that_goes_away_leaves_nothing(gateway: Gateway) -> None:
    _, writer = await connect(gateway)
    part = b"--limit\r\nContent-Disposition: form-data; name=file; filename=x.zip\r\n\r\nPK\x03\x04" + bytes(
        9000
    )
    writer.write(head(gateway, "Content-Length: 100000") + part)
    await writer.drain()
    folder = gateway.parts.settings.exports_dir

    async def is_written() -> bool:
        return any(path.is_file() for path in folder.rglob("*"))

    async def is_gone() -> bool:
        return not await is_written()

    await until(is_written)

    writer.transport.abort()

    await until(is_gone)
    assert await untouched(gateway)


async def connect(gateway: Gateway) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", gateway.parts.settings.port)


def head(gateway: Gateway, lines: str) -> bytes:
    return (
        f"POST {PATHS[0]} HTTP/1.1\r\nHost: 127.0.0.1:{gateway.parts.settings.port}\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n{lines}\r\n\r\n"
    ).encode()
