"""Requests that two readers could take apart differently (RFC 9112, 11.2): one answer, and the connection ends."""

from __future__ import annotations

import asyncio
import re

from tests.integration.services.gateway.house import Gateway

HIDDEN = "GET /livez HTTP/1.1\r\nHost: HOST\r\nX-Hidden: 1\r\n\r\n"
TWICE = f"POST /login HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\nContent-Length: {len(HIDDEN)}\r\n\r\n{HIDDEN}"


def post(*lines: str, body: str = f"0\r\n\r\n{HIDDEN}") -> str:
    return "\r\n".join(["POST /login HTTP/1.1", "Host: HOST", *lines, "", body])


async def answers_to(gateway: Gateway, sent: str) -> list[bytes]:
    """The status lines that come back before the connection ends."""
    port = gateway.parts.settings.port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(sent.replace("HOST", f"127.0.0.1:{port}").encode("latin-1"))
        async with asyncio.timeout(20):
            received = await reader.read(-1)
    finally:
        writer.close()
    return re.findall(rb"HTTP/1\.[01] \d{3} ", received)


AMBIGUOUS = [
    post("Content-Length: 4", "Transfer-Encoding: chunked"),
    post("Transfer-Encoding: chunked", "Content-Length: 4"),
    post("Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
    post("Transfer-Encoding: identity, chunked, identity"),
    post("Transfer-Encoding: xchunked"),
    post("Transfer-Encoding : chunked"),
    post("Transfer-Encoding:\x0bchunked"),
    post(" Transfer-Encoding: chunked"),
    post("X: y\n", "Transfer-Encoding: chunked"),
    post("Content-Length: +4", body="abcd" + HIDDEN),
    post("Content-Length: 0x4", body="abcd" + HIDDEN),
    post("Content-Length: 4 4", body="abcd" + HIDDEN),
    post("Content-Length: -1", body=HIDDEN),
    post("Content-Length: 4, 5", body="abcd" + HIDDEN),
    post("Content-Length: 99999999999999999999", body=HIDDEN),
    post("Transfer-Encoding: chunked", body=f"g\r\n\r\n{HIDDEN}"),
    post("Transfer-Encoding: chunked", body=f"0x1\r\na\r\n0\r\n\r\n{HIDDEN}"),
    post("Transfer-Encoding: chunked", body=f"-1\r\n\r\n{HIDDEN}"),
    post("Transfer-Encoding: chunked", body=f"1\r\nab\r\n0\r\n\r\n{HIDDEN}"),
    TWICE,
    f"GET /livez HTTP/1.1\r\nHost: HOST\r\nHost: elsewhere\r\n\x00: x\r\n\r\n{HIDDEN}",
    f"GET /livez HTTP/1.1\r\nHost: HOST\r\nX\x00Y: x\r\n\r\n{HIDDEN}",
    f"GET /livez\x01 HTTP/1.1\r\nHost: HOST\r\n\r\n{HIDDEN}",
    f"GET /livez HTTP/9.9\r\nHost: HOST\r\n\r\n{HIDDEN}",
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
]


async def test_nothing_behind_an_ambiguous_request_is_answered(gateway: Gateway) -> None:
    every = await asyncio.gather(*(answers_to(gateway, sent) for sent in AMBIGUOUS))
    wrong = [
        (sent, answers)
        for sent, answers in zip(AMBIGUOUS, every, strict=True)
        if len(answers) > 1 or any(b" 400 " not in line and b" 505 " not in line for line in answers)
    ]
    assert wrong == []


async def test_what_is_unambiguous_is_answered(gateway: Gateway) -> None:
    """So the list above is not refused for another reason."""
    closing = HIDDEN.replace("X-Hidden: 1", "Connection: close")
    whole = post(
        "Transfer-Encoding: chunked", "Content-Type: text/plain", body=f"1\r\na\r\n0\r\n\r\n{closing}"
    )
    answers = await answers_to(gateway, whole)
    assert len(answers) == 2
    assert answers[-1] == b"HTTP/1.1 200 "


TOO_LONG = [
    "GET /" + "a" * 20_000 + " HTTP/1.1\r\nHost: HOST\r\n\r\n",
    "GET /livez HTTP/1.1\r\nHost: HOST\r\nX: " + "a" * 20_000 + "\r\n\r\n",
    "GET /livez HTTP/1.1\r\nHost: HOST\r\n" + "X: y\r\n" * 5_000 + "\r\n",
]


async def test_heads_have_bounds(gateway: Gateway) -> None:
    for head in TOO_LONG:
        answers = await answers_to(gateway, head)
        assert len(answers) <= 1
        assert all(b" 400 " in line or b" 414 " in line or b" 431 " in line for line in answers), answers
