"""The short memory of tokens that were right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from libs.common.jobs.model import Requester, Role
from libs.common.tokens import InvalidToken, Token, TokenStore
from services.gateway.auth import bearer
from services.gateway.auth.bearer import BearerTokens, MalformedAuthorization


class Tokens:
    """Of the token store only verification; counts how often it was asked."""

    def __init__(self, life: timedelta = timedelta(hours=1)) -> None:
        self.asked = 0
        self.life = life

    async def verify(self, secret: str) -> Token:
        self.asked += 1
        if not secret.startswith("right"):
            raise InvalidToken
        now = datetime.now(UTC)
        return Token(
            id=secret,
            digest=secret,
            email=f"{secret}@example.org",
            role=Role.VIEWER,
            name="t",
            created_at=now,
            expires_at=now + self.life,
        )


def remembering(tokens: Tokens) -> BearerTokens:
    return BearerTokens(cast(TokenStore, tokens))


async def test_a_right_token_is_asked_for_once() -> None:
    tokens = Tokens()
    memory = remembering(tokens)

    holders = [await memory.holder(f"{scheme} right") for scheme in ("Bearer", "bearer", "BEARER ")]

    assert set(holders) == {Requester(email="right@example.org", role=Role.VIEWER)}
    assert tokens.asked == 1


async def test_a_wrong_token_is_never_remembered() -> None:
    tokens = Tokens()
    memory = remembering(tokens)

    for _ in range(2):
        with pytest.raises(InvalidToken):
            await memory.holder("Bearer wrong")
    assert tokens.asked == 2


async def test_what_is_remembered_is_forgotten_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bearer, "REMEMBER_SECONDS", -1)
    tokens = Tokens()
    memory = remembering(tokens)

    for _ in range(3):
        await memory.holder("Bearer right")
    assert tokens.asked == 3


async def test_an_expired_token_is_asked_for_again() -> None:
    tokens = Tokens(life=timedelta(0))
    memory = remembering(tokens)

    for _ in range(2):
        await memory.holder("Bearer right")
    assert tokens.asked == 2


async def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bearer, "REMEMBER_LIMIT", 2)
    tokens = Tokens()
    memory = remembering(tokens)

    for name in ("right-1", "right-2", "right-3", "right-1", "right-3"):
        await memory.holder(f"Bearer {name}")
    assert tokens.asked == 4


@pytest.mark.parametrize(
    "header", ["", "right", "Bearer", "Bearer ", "Bearer a b", "Basic right", "Token right"]
)
async def test_another_form_is_refused_without_asking(header: str) -> None:
    tokens = Tokens()

    with pytest.raises(MalformedAuthorization):
        await remembering(tokens).holder(header)
    assert tokens.asked == 0
