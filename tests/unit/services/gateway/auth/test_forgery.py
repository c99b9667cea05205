from __future__ import annotations

import pytest

from services.gateway.auth.forgery import Forged, check_origin, check_token

HOST = {"Host": "entrepot.example:8080"}


@pytest.mark.parametrize("sent", [None, "", "other", "\N{SNOWMAN}"])
def test_only_the_right_token_passes(sent: str | None) -> None:
    check_token("right", "right")
    with pytest.raises(Forged):
        check_token(sent, "right")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://entrepot.example:8080"},
        {"Origin": "https://entrepot.example:8080"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://entrepot.example:8080"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_own_pages_and_programs_pass(headers: dict[str, str]) -> None:
    check_origin(HOST | headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://entrepot.example"},
        {"Origin": "http://elsewhere.example:8080"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://entrepot.example:8080"},
    ],
)
def test_other_sites_do_not(headers: dict[str, str]) -> None:
    with pytest.raises(Forged):
        check_origin(HOST | headers)
