"""The examples through the gateway, as people and programs use them: forms, cookies, files, WebSockets, updates."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest
from pymongo import MongoClient

from tests.e2e.answers import wait_until_served
from tests.e2e.road import answered, export, members, pack, upload
from tests.servers.entrepot import Up

pytestmark = [pytest.mark.ray, pytest.mark.xdist_group("ray"), pytest.mark.timeout(300)]

BROWSER = {"Accept": "text/html,*/*;q=0.8"}
GUEST = {"Origin": "http://elsewhere.example"}
UPDATE_SECONDS = 60.0
PNG = bytes.fromhex("89504e470d0a1a0a") + bytes(1000)


@pytest.fixture
def click(visitor: httpx.Client) -> str:
    wait_until_served(visitor, "click")
    return "/experiments/click"


@pytest.fixture
def shop(visitor: httpx.Client) -> str:
    wait_until_served(visitor, "store-front")
    return "/experiments/store-front"


@pytest.fixture
def board(visitor: httpx.Client) -> str:
    wait_until_served(visitor, "event_board")
    return "/experiments/event_board"


def test_a_first_visit_shows_a_page_until_it_serves(visitor: httpx.Client) -> None:
    deadline = time.monotonic() + UPDATE_SECONDS
    while (page := visitor.get("/experiments/sensor_log/", headers=BROWSER)).status_code != 200:
        assert page.status_code == 503
        assert 'http-equiv="refresh"' in page.text
        assert time.monotonic() < deadline
    assert "Borkum" in page.text


def test_forms_redirects_and_cookies(visitor: httpx.Client, click: str) -> None:
    before = _clicks(visitor, "plum")

    pressed = visitor.post(f"{click}/press", data={"button": "plum"})
    assert (pressed.status_code, pressed.headers["location"]) == (303, f"{click}/")
    assert visitor.get(f"{click}/").status_code == 200
    cookie = visitor.cookies["click_visitor"]
    visitor.post(f"{click}/press", data={"button": "plum"})

    assert _clicks(visitor, "plum") == before + 2
    newest = visitor.get(f"{click}/api/data?limit=1").json()["recent"][0]
    assert newest["visitor"] == cookie
    assert visitor.post(f"{click}/press", data={"button": "none"}).status_code == 404


def _clicks(visitor: httpx.Client, button: str) -> int:
    rows = visitor.get("/experiments/click/api/data").json()["counts"]
    return next(int(row["clicks"]) for row in rows if row["button"] == button)


def test_addresses(visitor: httpx.Client, click: str) -> None:
    redirect = visitor.get(click)
    assert (redirect.status_code, redirect.headers["location"]) == (307, f"{click}/")
    style = visitor.get(f"{click}/static/click.css")
    assert (style.status_code, style.headers["content-type"]) == (200, "text/css; charset=utf-8")
    again = visitor.get(f"{click}/static/click.css", headers={"If-None-Match": style.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert visitor.head(f"{click}/static/click.css").headers["content-length"] == str(len(style.content))
    assert visitor.get(f"{click}/static/../actor.py").status_code == 404
    assert visitor.get("/experiments/nobody/").status_code == 404
    assert visitor.get(f"{click}/openapi.json").status_code == 404


def test_a_shop_with_accounts_orders_and_pictures(visitor: httpx.Client, shop: str) -> None:
    wrong = visitor.post(f"{shop}/sign-in", data={"email": "ana@example.com", "password": "guess"})
    assert (wrong.status_code, "That does not fit" in wrong.text) == (401, True)
    right = visitor.post(f"{shop}/sign-in", data={"email": "ana@example.com", "password": "harbour"})
    assert right.status_code == 303
    assert "sign out" in visitor.get(f"{shop}/").text

    product = _in_stock(visitor)
    ordered = visitor.post(f"{shop}/products/{product['id']}/order", data={"quantity": "1"})
    assert ordered.status_code == 303
    assert "Thank you" in visitor.get(ordered.headers["location"]).text
    assert _in_stock(visitor)["stock"] == product["stock"] - 1

    picture = {"picture": ("new.png", PNG, "image/png")}
    assert visitor.post(f"{shop}/products/{product['id']}/picture", files=picture).status_code == 303
    assert visitor.get(f"{shop}/products/{product['id']}/picture").content == PNG
    visitor.post(f"{shop}/sign-out")
    assert "sign out" not in visitor.get(f"{shop}/").text


def _in_stock(visitor: httpx.Client) -> dict[str, Any]:
    stores = visitor.get("/experiments/store-front/api/data").json()["stores"]
    return next(product for store in stores for product in store["products"] if product["stock"] > 1)


def test_who_is_not_signed_in_does_not_come_in(visitor: httpx.Client, board: str) -> None:
    """The board's manifest asks for a sign-in; a page of another site is nobody's operator."""
    assert visitor.get(f"{board}/", headers=GUEST).status_code == 401
    assert "Sign in first" in visitor.get(f"{board}/", headers=GUEST | BROWSER).text
    assert visitor.get(f"{board}/").status_code == 200


def test_events_files_and_who_may(visitor: httpx.Client, board: str) -> None:
    event = {"title": "Launch", "place": "Quay", "starts_at": "2031-05-01T10:00", "seats": "5"}
    announced = visitor.post(f"{board}/events", data=event)
    assert announced.status_code == 303
    path = announced.headers["location"]
    content = bytes(range(256)) * 4096 * 4
    assert visitor.post(f"{path}/files", files={"file": ("große.bin", content)}).status_code == 303
    assert visitor.get(f"{path}/files/große.bin").content == content
    assert visitor.delete(path).status_code == 204
    assert visitor.get(path).status_code == 404


@pytest.fixture
def event(visitor: httpx.Client, board: str) -> str:
    return f"{board}/live/{visitor.get(f'{board}/api/data').json()['events'][0]['id']}"


async def test_a_live_conversation(stage: Up, event: str) -> None:
    async with (
        aiohttp.ClientSession(stage.base_url) as http,
        http.ws_connect(event) as one,
        http.ws_connect(event) as two,
    ):
        await one.send_json({"text": "ahoy"})
        heard = await two.receive_json(timeout=20)
        assert (heard["text"], heard["author"]) == ("ahoy", "operator@localhost")
        assert await one.receive_json(timeout=20) == heard


async def test_a_conversation_about_nothing_is_refused(stage: Up, event: str) -> None:
    async with aiohttp.ClientSession(stage.base_url) as http:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await http.ws_connect(event.rpartition("/")[0] + "/nothing")
    assert refused.value.status == 403


def test_a_stream_of_all_readings(visitor: httpx.Client) -> None:
    wait_until_served(visitor, "sensor_log")
    with visitor.stream("GET", "/experiments/sensor_log/readings.csv") as answer:
        assert answer.headers["content-disposition"] == 'attachment; filename="readings.csv"'
        lines = sum(chunk.count("\n") for chunk in answer.iter_text())
    summary = visitor.get("/experiments/sensor_log/api/summary").json()
    assert lines == 1 + sum(row["readings"] for row in summary)


def test_methods_with_and_without_bodies(visitor: httpx.Client) -> None:
    wait_until_served(visitor, "click_tracker")
    goal = "/experiments/click_tracker/goals/spring"
    made = visitor.put(goal, json={"target": 10, "until": "2030-01-01"})
    assert (made.status_code, made.content) == (204, b"")
    assert "spring" in {
        row["name"] for row in visitor.get("/experiments/click_tracker/api/data").json()["goals"]
    }
    assert visitor.put(goal, json={"target": 0}).status_code == 422
    assert visitor.delete(goal).status_code == 204
    assert visitor.delete(goal).status_code == 404


@dataclass
class Watch:
    """What a client saw that never stopped asking."""

    statuses: set[int] = field(default_factory=set)
    slowest: float = 0.0
    errors: list[str] = field(default_factory=list)
    asked: int = 0


@contextmanager
def asking(base_url: str, path: str) -> Iterator[Watch]:
    watch, stop = Watch(), threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=base_url, timeout=30) as http:
            while not stop.wait(0.05):
                began = time.monotonic()
                try:
                    watch.statuses.add(http.get(path).status_code)
                except httpx.HTTPError as error:
                    watch.errors.append(repr(error))
                watch.slowest = max(watch.slowest, time.monotonic() - began)
                watch.asked += 1

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield watch
    finally:
        stop.set()
        thread.join()


def test_an_update_takes_over_without_a_gap(stage: Up, visitor: httpx.Client, click: str) -> None:
    original = export(visitor, "click", "upload-ready")
    contents = members(original)
    page = contents["templates/index.html"].replace(b"Which one do you press?", b"Version two")
    with asking(stage.base_url, f"{click}/") as watch:
        answered(upload(visitor, pack(contents | {"templates/index.html": page})))
        _until_page_says(visitor, "Version two")
        answered(visitor.post("/api/experiments/click/rollback"))
        _until_page_says(visitor, "Which one do you press?")
    assert watch.errors == []
    assert watch.statuses == {200}
    assert watch.asked > 20


def _until_page_says(visitor: httpx.Client, text: str) -> None:
    deadline = time.monotonic() + UPDATE_SECONDS
    while text not in visitor.get("/experiments/click/").text:
        assert time.monotonic() < deadline


def test_a_version_that_cannot_start_changes_nothing(stage: Up, visitor: httpx.Client, click: str) -> None:
    contents = members(export(visitor, "click", "upload-ready"))
    broken = contents["actor.py"] + b"\nraise RuntimeError('deliberately')\n"
    with asking(stage.base_url, f"{click}/api/data") as watch:
        answered(upload(visitor, pack(contents | {"actor.py": broken})))
        _until_told(stage, "deliberately")
        answered(visitor.post("/api/experiments/click/rollback"))
    assert watch.errors == []
    assert watch.statuses == {200}


def _until_told(stage: Up, text: str) -> None:
    run = json.loads((Path(stage.environment["ENTREPOT_HOME"]) / "run.json").read_text())
    deadline = time.monotonic() + UPDATE_SECONDS
    with MongoClient[dict[str, Any]](run["mongo_uri"]) as mongo:
        while text not in str(mongo["entrepot"]["experiment_hosting"].find_one({"_id": "click"})):
            assert time.monotonic() < deadline
            time.sleep(0.2)
