"""A whole platform, a real browser, and people of each role who look at it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Error, Page

from libs.common.database.client import Database
from libs.common.jobs.model import Role
from libs.common.tokens import TokenStore
from tests.servers.entrepot import Up

ZONE = "Europe/Berlin"
UPLOAD_LIMIT = 2 * 2**20
DOCUMENT_LIMIT = 2_000
"""Below what the example `click` has, so that its exports are cut."""
FAILED_LOAD = re.compile(r"Failed to load resource")
"""What Chromium says of each answer from 400 on, also where the page deals with it."""


@dataclass
class Person:
    """Somebody with a browser window of their own. `complaints` are errors that its console showed."""

    email: str
    token: str
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        page.on("console", self._heard)
        page.on("pageerror", self._broke)

    def forgive(self, pattern: re.Pattern[str] = FAILED_LOAD) -> None:
        """Forget complaints that the test meant to cause."""
        self.complaints[:] = [line for line in self.complaints if not pattern.search(line)]

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text} ({message.location})")

    def _broke(self, error: Error) -> None:
        self.complaints.append(f"uncaught: {error.message}")


@dataclass
class House:
    """The platform that all tests of this suite share, and its database, for what no page can bring about."""

    platform: Up
    database: Database
    browser: Browser

    @asynccontextmanager
    async def person(
        self, role: Role, *, signed_in: bool = True, width: int = 1440, dark: bool = False
    ) -> AsyncIterator[Person]:
        """With a token of that role; at the end the console must have shown no error."""
        email = f"{role}@example.org"
        issued = await TokenStore(self.database).create(email=email, role=role, name="test")
        context = await self.browser.new_context(
            base_url=self.platform.base_url,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            timezone_id=ZONE,
            accept_downloads=True,
        )
        context.set_default_timeout(15_000)
        page = await context.new_page()
        person = Person(email, issued.secret, context, page)
        context.on("page", person.listen)
        person.listen(page)
        try:
            if signed_in:
                await context.request.post("/login", form={"token": issued.secret})
            yield person
            assert person.complaints == [], person.complaints
        finally:
            await context.close()
