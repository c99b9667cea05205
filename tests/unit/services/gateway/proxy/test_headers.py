from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from libs.common.hosting import sign_user
from libs.common.jobs.model import Requester, Role
from services.gateway.proxy.headers import answer_headers, request_headers, without_session
from services.gateway.proxy.hold import Host
from services.gateway.proxy.visitor import Visitor

HOST = Host("http://10.0.0.7:4321", "host-token")
GUEST = Visitor(None)
ANA = Visitor(Requester(email="ana@example.org", role=Role.VIEWER), by_token=True)


def sent_on(
    headers: dict[str, str] | list[tuple[str, str]], visitor: Visitor = GUEST, public: URL | None = None
) -> CIMultiDict[str]:
    request = make_mocked_request("GET", "/experiments/click/", headers=CIMultiDict(headers))
    return request_headers(request, visitor, HOST, public=public)


def test_ordinary_headers_stay_as_they_were_also_when_repeated() -> None:
    kept = sent_on([("Host", "h:1"), ("X-A", "1"), ("X-A", "2"), ("Accept", "*/*"), ("Content-Length", "3")])
    assert kept.getall("X-A") == ["1", "2"]
    assert (kept["Host"], kept["Accept"], kept["Content-Length"]) == ("h:1", "*/*", "3")


def test_what_connection_names_ends_here() -> None:
    kept = sent_on(
        [
            ("Connection", "keep-alive, X-One"),
            ("Connection", "x-two"),
            ("X-One", "1"),
            ("X-Two", "2"),
            ("X-Three", "3"),
        ]
    )
    assert "X-Three" in kept
    assert not {"Connection", "X-One", "X-Two"} & set(kept)


@pytest.mark.parametrize(
    "name",
    [
        "X-Entrepot-User",
        "x-entrepot-anything",
        "X-FORWARDED-PREFIX",
        "Forwarded",
        "X-Real-IP",
        "Expect",
        "Sec-WebSocket-Key",
        "TE",
        "Transfer-Encoding",
    ],
)
def test_what_is_not_the_clients_to_say_is_dropped(name: str) -> None:
    assert name not in sent_on({name: "forged"})


def test_our_token_stays_here_and_others_go_on() -> None:
    assert "Authorization" not in sent_on({"Authorization": "Bearer entrepot_x"}, ANA)
    assert sent_on({"Authorization": "Basic eA=="})["Authorization"] == "Basic eA=="


def test_the_user_is_signed_with_the_hosts_token() -> None:
    user = {"user_id": "ana@example.org", "email": "ana@example.org", "role": "viewer"}
    assert sent_on({}, ANA)["X-Entrepot-User"] == sign_user(user, "host-token")
    assert "X-Entrepot-User" not in sent_on({}, GUEST)
    assert sent_on({})["X-Entrepot-Host-Token"] == "host-token"


def test_the_public_address_is_what_browsers_see() -> None:
    forwarded = sent_on({"Host": "10.0.0.1:8080"}, public=URL("https://lab.example.org"))
    assert forwarded["X-Forwarded-Proto"] == "https"
    assert forwarded["X-Forwarded-Host"] == "lab.example.org"
    assert sent_on({"Host": "10.0.0.1:8080"})["X-Forwarded-Host"] == "10.0.0.1:8080"


@given(st.lists(st.tuples(st.text("abcxyz_", min_size=1), st.text('abc="% ')), max_size=5))
def test_other_cookies_are_never_touched(pairs: list[tuple[str, str]]) -> None:
    cookie = "; ".join(f"{name}={value}" for name, value in pairs).strip()
    assert without_session(cookie) == cookie
    assert without_session(f"entrepot_session=a; {cookie}" if cookie else "entrepot_session=a") == cookie


def test_answers_keep_their_cookies_but_cannot_set_ours() -> None:
    received = CIMultiDictProxy(
        CIMultiDict(
            [
                ("Set-Cookie", "a=1; Path=/"),
                ("Set-Cookie", "entrepot_session=x"),
                ("Set-Cookie", " entrepot_session =x"),
                ("Set-Cookie", "b=2"),
                ("Connection", "close, X-Hop"),
                ("X-Hop", "1"),
                ("Content-Length", "5"),
            ]
        )
    )
    kept = answer_headers(received)
    assert kept.getall("Set-Cookie") == ["a=1; Path=/", "b=2"]
    assert set(kept) == {"Set-Cookie", "Content-Length"}
