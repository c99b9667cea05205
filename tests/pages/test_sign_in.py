"""Signing in and out, and sessions that end while somebody works."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from libs.common.database.collections import SESSIONS
from services.gateway.auth.session import SESSION_COOKIE

from .house import House, Person

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("pages")]


async def test_who_is_not_signed_in_is_led_to_the_form_and_back(guest: Person) -> None:
    page = guest.page
    await page.goto("/?after=click")
    await expect(page).to_have_title("Sign in · Entrepot")

    await page.get_by_label("Token").fill(guest.token)
    await page.keyboard.press("Enter")

    await expect(page).to_have_url("/?after=click")
    await expect(page.get_by_text("developer", exact=True).first).to_be_attached()
    [cookie] = await guest.context.cookies()
    assert (cookie["name"], cookie["httpOnly"], cookie["sameSite"]) == (SESSION_COOKIE, True, "Strict")


async def test_a_wrong_token_says_so(guest: Person) -> None:
    await guest.page.goto("/login")
    await guest.page.get_by_label("Token").fill("entrepot_wrong")
    await guest.page.get_by_role("button", name="Sign in").click()

    await expect(guest.page.get_by_role("alert")).to_contain_text("unknown, has expired or was revoked")
    assert await guest.context.cookies() == []
    guest.forgive()


async def test_nobody_is_sent_elsewhere_after_the_sign_in(guest: Person) -> None:
    await guest.page.goto("/login?next=//example.org/")
    await guest.page.get_by_label("Token").fill(guest.token)
    await guest.page.keyboard.press("Enter")

    await expect(guest.page).to_have_url("/")


async def test_signing_out_ends_the_session(developer: Person, house: House) -> None:
    page = developer.page
    await page.goto("/")
    await page.get_by_text("developer ▾").click()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page).to_have_title("Sign in · Entrepot")

    await page.goto("/")

    await expect(page).to_have_title("Sign in · Entrepot")
    assert await house.database[SESSIONS].find_one({"_id": "x"}) is None
