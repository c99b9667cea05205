"""Tokens on a real database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from libs.common.database.client import Database
from libs.common.database.collections import TOKENS
from libs.common.jobs.model import Requester, Role
from libs.common.tokens import LIFE, PREFIX, SEEDED_NAME, InvalidToken, Issued, TokenNotFound, TokenStore

SECRET = "the-operators-own-secret"


@pytest.fixture
def store(database: Database) -> TokenStore:
    return TokenStore(database)


async def issue(store: TokenStore, life: timedelta = LIFE) -> Issued:
    return await store.create(email="ana@example.org", role=Role.DEVELOPER, name="laptop", life=life)


async def test_a_token_names_its_holder(store: TokenStore) -> None:
    issued = await issue(store)

    found = await store.verify(issued.secret)

    assert found.holder == Requester(email="ana@example.org", role=Role.DEVELOPER)
    assert issued.secret.startswith(PREFIX)
    assert timedelta(days=89) < found.expires_at - datetime.now(UTC) <= timedelta(days=90)


async def test_the_text_of_a_token_is_kept_nowhere(store: TokenStore, database: Database) -> None:
    issued = await issue(store)
    [document] = await database[TOKENS].find().to_list(None)

    assert issued.secret not in str(document)
    assert issued.secret not in repr(issued)
    assert issued.token.digest not in repr(issued)


async def test_two_tokens_differ(store: TokenStore) -> None:
    assert (await issue(store)).secret != (await issue(store)).secret


@pytest.mark.parametrize("secret", ["", "x", PREFIX, PREFIX + "x" * 43, "\N{SNOWMAN}", "$ne"])
async def test_what_was_never_issued_is_invalid(store: TokenStore, secret: str) -> None:
    await issue(store)

    with pytest.raises(InvalidToken):
        await store.verify(secret)


async def test_one_wrong_letter_makes_it_invalid(store: TokenStore) -> None:
    secret = (await issue(store)).secret

    with pytest.raises(InvalidToken):
        await store.verify(secret[:-1] + ("a" if secret[-1] != "a" else "b"))


async def test_an_expired_token_is_invalid(store: TokenStore) -> None:
    issued = await issue(store, life=timedelta(0))

    with pytest.raises(InvalidToken):
        await store.verify(issued.secret)


async def test_a_revoked_token_is_invalid_and_stays_listed(store: TokenStore) -> None:
    kept, issued = await issue(store), await issue(store)

    first = await store.revoke(issued.token.id)
    again = await store.revoke(issued.token.id)

    with pytest.raises(InvalidToken):
        await store.verify(issued.secret)
    assert first.revoked_at == again.revoked_at is not None
    assert {token.id: token.revoked_at for token in await store.all()} == {
        kept.token.id: None,
        issued.token.id: first.revoked_at,
    }
    assert await store.verify(kept.secret)


async def test_what_does_not_exist_cannot_be_revoked(store: TokenStore) -> None:
    with pytest.raises(TokenNotFound):
        await store.revoke("none")


async def test_tokens_are_listed_newest_first(store: TokenStore) -> None:
    made = [(await issue(store)).token for _ in range(3)]

    listed = await store.all()

    assert [token.created_at for token in listed] == sorted(
        (token.created_at for token in listed), reverse=True
    )
    assert {token.id for token in listed} == {token.id for token in made}


async def test_whether_anybody_can_sign_in(store: TokenStore) -> None:
    assert not await store.any_valid()
    await issue(store, life=timedelta(0))
    assert not await store.any_valid()
    issued = await issue(store)
    assert await store.any_valid()
    await store.revoke(issued.token.id)
    assert not await store.any_valid()


async def test_the_settings_token_is_an_administrators(store: TokenStore) -> None:
    for _ in range(2):  # each start seeds again
        await store.seed(SECRET)

    [token] = await store.all()
    assert (token.role, token.name) == (Role.ADMIN, SEEDED_NAME)
    assert (await store.verify(SECRET)).id == token.id


async def test_each_start_prolongs_the_settings_token(store: TokenStore, database: Database) -> None:
    token = await store.seed(SECRET)
    await database[TOKENS].update_one({"_id": token.id}, {"$set": {"expires_at": datetime.now(UTC)}})

    assert (await store.seed(SECRET)).is_valid(datetime.now(UTC) + timedelta(days=89))


async def test_another_value_of_the_setting_replaces_the_first(store: TokenStore) -> None:
    other = await issue(store)
    await store.seed(SECRET)
    await store.seed(SECRET + "-new")

    with pytest.raises(InvalidToken):
        await store.verify(SECRET)
    assert await store.verify(SECRET + "-new")
    assert await store.verify(other.secret)


async def test_a_settings_token_that_was_revoked_stays_so(store: TokenStore) -> None:
    token = await store.seed(SECRET)
    await store.revoke(token.id)
    await store.seed(SECRET)

    with pytest.raises(InvalidToken):
        await store.verify(SECRET)
