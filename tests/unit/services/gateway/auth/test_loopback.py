"""Loopback trust (DESIGN §4): every condition by itself takes it away."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict

from services.gateway.auth.loopback import FORWARDING, comes_from_operator, is_trusting
from tests.conftest import MakeSettings

PORT = 8080


def trusted(**headers: str) -> bool:
    return comes_from_operator(CIMultiDict({"Host": "127.0.0.1:8080", **headers}), port=PORT)


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:8080", "LOCALHOST:8080", "[::1]:8080"])
def test_own_names_are_trusted(host: str) -> None:
    assert trusted(Host=host)
    assert trusted(Host=host, Origin=f"http://{host}")


@pytest.mark.parametrize(
    "host",
    [
        "",
        "127.0.0.1",
        "127.0.0.1:8081",
        "example.org:8080",
        "localhost.example.org:8080",
        "user@localhost:8080",
        "127.0.0.1:8080@example.org",
        "127.0.0.1:99999",
        "[::1",
        "0.0.0.0:8080",
    ],
)
def test_other_names_are_not(host: str) -> None:
    assert not trusted(Host=host)


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "https://127.0.0.1:8080",
        "http://127.0.0.1:8081",
        "http://localhost:8080",
        "http://evil.org",
    ],
)
def test_another_origin_is_not(origin: str) -> None:
    assert not trusted(Origin=origin)


@pytest.mark.parametrize("name", FORWARDING)
def test_what_a_proxy_forwarded_is_not(name: str) -> None:
    assert not trusted(**{name: "1"})
    assert not trusted(**{name.lower(): "1"})


@pytest.mark.parametrize(
    ("site", "expected"),
    [("none", True), ("same-origin", True), ("cross-site", False), ("Cross-Site", False)],
)
def test_a_foreign_page_is_not(site: str, *, expected: bool) -> None:
    assert trusted(**{"Sec-Fetch-Site": site}) is expected


@settings(deadline=None)
@given(st.text(max_size=40))
def test_no_host_breaks_it(host: str) -> None:
    assert trusted(Host=host) in {True, False}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, True),
        ({"host": "::1"}, True),
        ({"host": "localhost"}, True),
        ({"host": "0.0.0.0"}, False),
        ({"host": "192.168.1.2"}, False),
        ({"trust_loopback": "0"}, False),
        ({"amqp_url": "amqp://localhost"}, False),
        ({"mongo_uri": "mongodb://localhost"}, False),
    ],
)
def test_only_an_embedded_gateway_on_loopback_trusts(
    make_settings: MakeSettings, values: dict[str, Any], *, expected: bool
) -> None:
    assert is_trusting(make_settings(**values)) is expected
