"""Requests, and what becomes of answers that are none."""

from __future__ import annotations

import httpx
import pytest
from entrepot_client import Client, Configuration, NotUnderstood, Refused, Unreachable

from .platform import PROBLEM, client_of
from .samples import experiment, problem

PATH = "GET /api/experiments/click"


async def test_the_token_goes_with_each_request() -> None:
    async with client_of({PATH: [httpx.Response(200, json=experiment("click"))]}, token="t") as (
        client,
        platform,
    ):
        await client.experiments.get("click")

    assert platform.sent("Authorization") == ["Bearer t"]


async def test_without_a_token_none_is_sent() -> None:
    async with client_of({PATH: [httpx.Response(200, json=experiment("click"))]}) as (client, platform):
        await client.experiments.get("click")

    assert platform.sent("Authorization") == [None]


async def test_a_problem_is_raised_with_all_that_it_says() -> None:
    wrong = {"category": "file", "code": "missing-file", "path": "actor.py", "message": "It is missing."}
    answer = problem(422, "invalid-input", errors=[wrong], last_lines=["boom"])
    async with client_of({PATH: [answer]}) as (client, _):
        with pytest.raises(Refused, match="It is invalid-input") as refused:
            await client.experiments.get("click")

    assert (refused.value.status, refused.value.code) == (422, "invalid-input")
    assert [each.path for each in refused.value.problems] == ["actor.py"]
    assert refused.value.extensions == {"last_lines": ["boom"]}


async def test_silence_is_unreachable() -> None:
    async with client_of({PATH: [httpx.ConnectError("refused")]}) as (client, _):
        with pytest.raises(Unreachable, match=r"http://entrepot.test.* does not answer: refused"):
            await client.experiments.get("click")


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(502, text="<html>Bad gateway"),
        httpx.Response(500, content=b"{", headers=PROBLEM),
        httpx.Response(200, text="Welcome to nginx"),
    ],
)
async def test_what_is_no_entrepot_is_told_apart(answer: httpx.Response) -> None:
    async with Client(Configuration(), wire=httpx.MockTransport(lambda _: answer)) as client:
        with pytest.raises(NotUnderstood, match="/api/companies"):
            await client.benchmarks.companies()
