from __future__ import annotations

import asyncio
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.blobs.links import (
    LinkExpired,
    LinkInvalid,
    LinkSigner,
    content_disposition,
    load_link_secret,
)
from libs.common.database.client import Database

SIGNER = LinkSigner("one secret")


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_token_carries_key_and_file_name(key: str, filename: str) -> None:
    assert SIGNER.verify(SIGNER.sign(key, filename, 60)) == (key, filename)


@given(st.text(max_size=40), st.text(max_size=80))
def test_a_token_fits_into_one_part_of_an_address(key: str, filename: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9._-]+", SIGNER.sign(key, filename, 60))


@given(st.data())
def test_no_other_token_is_accepted(data: st.DataObject) -> None:
    token = SIGNER.sign("exports/x.zip", "x.zip", 60)
    payload, _, signature = token.rpartition(".")
    position = data.draw(st.integers(min_value=0, max_value=len(payload) - 1))
    letter = data.draw(st.characters(codec="ascii", exclude_characters=payload[position]))
    changed = payload[:position] + letter + payload[position + 1 :]
    with pytest.raises(LinkInvalid):
        SIGNER.verify(f"{changed}.{signature}")


@pytest.mark.parametrize("token", ["", ".", "a.b", "ä", "\0", "x" * 10_000])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(LinkInvalid):
        SIGNER.verify(token)


def test_another_secret_signs_other_tokens() -> None:
    with pytest.raises(LinkInvalid):
        LinkSigner("another secret").verify(SIGNER.sign("x", "x", 60))


def test_a_token_lives_to_its_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = int(time.time())
    monkeypatch.setattr("libs.common.blobs.links.time.time", lambda: float(now))
    token = SIGNER.sign("x", "x", 10)
    monkeypatch.setattr("libs.common.blobs.links.time.time", lambda: now + 9.9)
    assert SIGNER.verify(token) == ("x", "x")
    monkeypatch.setattr("libs.common.blobs.links.time.time", lambda: now + 10.0)
    with pytest.raises(LinkExpired):
        SIGNER.verify(token)


def test_a_plain_name_needs_no_second_form() -> None:
    assert content_disposition("click_2024.zip") == 'attachment; filename="click_2024.zip"'


def test_any_other_name_comes_in_both_forms() -> None:
    assert (
        content_disposition("Übung.zip")
        == "attachment; filename=\"_bung.zip\"; filename*=UTF-8''%C3%9Cbung.zip"
    )


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_no_name_breaks_the_header(filename: str) -> None:
    header = content_disposition(filename)
    assert header.isascii()
    assert header.isprintable()
    assert re.fullmatch(r'attachment; filename="[^"\\]*"(; filename\*=UTF-8\'\'[A-Za-z0-9%._~-]*)?', header)


async def test_all_services_on_one_database_sign_alike(database: Database) -> None:
    found = await asyncio.gather(*(load_link_secret(database) for _ in range(8)))
    assert set(found) == {await load_link_secret(database)}
    assert len(found[0]) >= 43  # 32 bytes in base64
    assert await database["secrets"].count_documents({}) == 1
