"""Hostile bodies: whatever is sent, the answer is the client's mistake or a taken file, and nothing else stays."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import BytesPayload, web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.blobs import BlobStore
from libs.common.blobs.links import LinkSigner
from libs.common.blobs.local import LocalBlobs
from services.gateway.problems import problems
from services.gateway.reading import read_json
from services.gateway.resources.experiments_actions import RollbackBody
from services.gateway.uploads import FIELD_BYTES, FIELD_LIMIT, receive

# aiohttp warns of headers that it cannot read, and then does without them.
pytestmark = [
    pytest.mark.filterwarnings("ignore::aiohttp.BadContentDispositionHeader"),
    pytest.mark.filterwarnings("ignore::aiohttp.BadContentDispositionParam"),
]

LIMIT = 4096
ZIP = b"PK\x05\x06" + bytes(18)
BOUNDARY = b"limit"
FORM = "multipart/form-data; boundary=limit"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def part(headers: bytes, content: bytes) -> bytes:
    return b"--" + BOUNDARY + b"\r\n" + headers + b"\r\n\r\n" + content + b"\r\n"


def field(name: str, content: bytes) -> bytes:
    return part(b'Content-Disposition: form-data; name="%b"' % name.encode(), content)


FILE = part(b'Content-Disposition: form-data; name="file"; filename="x.zip"', ZIP)
END = b"--" + BOUNDARY + b"--\r\n"
WHOLE = field("slug_id", b"click") + FILE + field("note", b"a note") + END


async def answered(handler: Handler, body: bytes, content_type: str) -> tuple[int, str]:
    application = web.Application(middlewares=[problems], client_max_size=LIMIT)
    application.router.add_post("/", handler)
    async with TestClient(TestServer(application)) as client:
        payload = BytesPayload(body, content_type=content_type)
        async with client.post("/", data=payload, headers={"Content-Type": content_type}) as response:
            return response.status, await response.text()


def upload(body: bytes, content_type: str = FORM) -> tuple[int, str, int]:
    """Status, answer, and how many files are stored afterwards."""

    async def send(blobs: BlobStore) -> tuple[int, str]:
        async def handler(request: web.Request) -> web.StreamResponse:
            taken = await receive(request, blobs, limit=LIMIT)
            return web.json_response(taken.fields)

        return await answered(handler, body, content_type)

    with tempfile.TemporaryDirectory() as folder:
        blobs = LocalBlobs(Path(folder), base_url="http://x", signer=LinkSigner("secret"))
        status, text = asyncio.run(send(blobs))
        return status, text, sum(path.is_file() for path in Path(folder).rglob("*"))


def is_sound(status: int, stored: int) -> bool:
    return (status, stored) == (200, 1) or (400 <= status < 500 and stored == 0)


def test_a_whole_form_is_taken() -> None:
    assert upload(WHOLE) == (200, '{"slug_id": "click", "note": "a note"}', 1)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(WHOLE) - 1))
def test_a_form_that_is_cut_off_anywhere_is_refused(cut: int) -> None:
    status, text, stored = upload(WHOLE[:cut])

    # What is missing may be only the last line break, or the two hyphens that readers forgive.
    assert is_sound(status, stored), text
    assert status in {400, 415} or cut >= len(WHOLE) - 4


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(WHOLE) - 1), st.binary(max_size=4))
def test_a_form_with_foreign_bytes_in_it_is_taken_or_refused(position: int, foreign: bytes) -> None:
    status, text, stored = upload(WHOLE[:position] + foreign + WHOLE[position + len(foreign) :])

    assert is_sound(status, stored), text


@settings(max_examples=40, deadline=None)
@given(
    st.binary(max_size=300),
    st.sampled_from([FORM, "multipart/form-data", "multipart/mixed; boundary=limit", ""]),
)
def test_bytes_that_are_no_form_are_refused(body: bytes, content_type: str) -> None:
    status, text, stored = upload(body, content_type)

    assert (status, stored) == (400, 0), text


def test_fields_are_bounded_in_size_and_number() -> None:
    large = upload(field("note", bytes(FIELD_BYTES + 1)) + FILE + END)
    many = upload(b"".join(field(f"f{n}", b"") for n in range(FIELD_LIMIT + 1)) + FILE + END)
    twice = upload(field("note", b"1") + field("note", b"2") + FILE + END)

    assert (large[0], large[2]) == (413, 0)
    assert (many[0], many[2]) == (400, 0)
    assert (twice[0], twice[2]) == (400, 0)


def test_what_comes_wrong_after_the_file_takes_the_file_away_again() -> None:
    for rest in (FILE + END, field("note", b"\xff") + END, field("note", bytes(FIELD_BYTES + 1)) + END, b""):
        status, text, stored = upload(FILE + rest)
        assert is_sound(status, stored), text
        assert stored == 0


def test_parts_of_a_hostile_shape_are_refused() -> None:
    headers = [
        b"Content-Disposition: form-data; name=file; filename=x.zip\r\nContent-Transfer-Encoding: base64",
        b"Content-Disposition: form-data; name=_charset_",
        b"Content-Disposition: attachment; filename=x.zip",
        b"X-Nothing: 1",
        b"Content-Type: multipart/form-data; boundary=inner",
        b"Content-Type: multipart/form-data",
        b"\r\n".join(b"X-%d: 1" % n for n in range(500)),
    ]
    for header in headers:
        status, text, stored = upload(part(header, b"UEsDBA==") + END)
        assert 400 <= status < 500, text
        assert stored == 0


def read(body: bytes, content_type: str) -> tuple[int, str]:
    async def handler(request: web.Request) -> web.StreamResponse:
        taken = await read_json(request, RollbackBody)
        return web.json_response({"revision": taken.revision})

    return asyncio.run(answered(handler, body, content_type))


@settings(max_examples=50, deadline=None)
@given(
    st.binary(max_size=60),
    st.sampled_from(["application/json", "application/json; charset=x", "text/plain", ""]),
)
def test_no_body_is_our_fault(body: bytes, content_type: str) -> None:
    status, text = read(body, content_type)

    assert status in {200, 400, 415, 422}, text


@given(
    st.recursive(st.none() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3))
)
@settings(max_examples=30, deadline=None)
def test_json_of_another_shape_is_named(value: object) -> None:
    import orjson

    try:
        body = orjson.dumps({"revision": value})
    except orjson.JSONEncodeError:  # an integer that JSON readers do not take
        return
    status, text = read(body, "application/json")

    is_right = value is None or (isinstance(value, int) and value >= 1)
    assert is_right or status == 422, text
