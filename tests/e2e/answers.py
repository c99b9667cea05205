"""What the examples are asked, and when two answers are the same."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import httpx
from bs4 import BeautifulSoup

START_SECONDS = 90.0
ADDRESSES = ("src", "href", "poster", "action")
CSS_URL = re.compile(r"""url\((['"]?)([^'")]+)\1\)""")

ASKED = {
    "click": (
        "",
        "api/data",
        "api/data?limit=3",
        "static/click.css",
        "static/mark.svg",
        "api/data?limit=0",
        "x",
    ),
    "click_tracker": ("", "api/data", "api/trend", "static/tracker.css", "static/grid.svg", "goals/none"),
    "event_board": ("", "api/data", "events/none", "events/{event}", "static/live.js"),
    "sensor_log": (
        "",
        "api/data",
        "api/data?limit=1000",
        "api/summary",
        "api/near?longitude=7.1&latitude=53.7&kilometres=80",
        "readings.csv",
        "static/icon.png",
    ),
    "store-front": (
        "",
        "api/data",
        "search?q=tea",
        "search?q=nothing-like-it",
        "products/{product}",
        "products/{product}/picture",
        "static/tour.webm",
    ),
}
"""Below `/experiments/{slug}/`; names in braces are looked up in `api/data`."""


@dataclass(frozen=True)
class Answer:
    """As far as it must be the same on the platform and in the standalone application."""

    status: int
    content_type: str
    content: Any


def wait_until_served(http: httpx.Client, slug: str) -> None:
    """As a program does that was told to come again."""
    deadline = time.monotonic() + START_SECONDS
    while (answer := http.get(f"/experiments/{slug}/")).status_code == httpx.codes.SERVICE_UNAVAILABLE:
        assert answer.headers["Retry-After"]
        assert time.monotonic() < deadline, answer.text


def answers_of(http: httpx.Client, slug: str) -> dict[str, Answer]:
    """By path."""
    names = _names(http.get(f"/experiments/{slug}/api/data").json())
    paths = [path.format(**names) for path in ASKED[slug]]
    return {path: _read(http.get(f"/experiments/{slug}/{path}")) for path in paths}


def _names(data: dict[str, Any]) -> dict[str, str]:
    events = [event["id"] for event in data.get("events", [])]
    products = [
        product["id"]
        for store in data.get("stores", [])
        for product in store["products"]
        if product["has_picture"]
    ]
    return {"event": events[0] if events else "", "product": products[0] if products else ""}


def _read(answer: httpx.Response) -> Answer:
    content_type = answer.headers.get("content-type", "")
    content: Any = answer.content
    if content_type.startswith("application/json"):
        content = answer.json()
    elif content_type.startswith("text/html"):
        content = _page(answer)
    return Answer(answer.status_code, content_type, content)


def _page(answer: httpx.Response) -> str:
    """A page with every address made absolute: an export names static files by absolute paths."""
    soup, base = BeautifulSoup(answer.text, "html.parser"), answer.url.path
    for tag in soup.find_all(True):
        for name in ADDRESSES:
            if name in tag.attrs:
                tag[name] = urljoin(base, str(tag[name]))
        if "srcset" in tag.attrs:
            tag["srcset"] = ", ".join(urljoin(base, part.strip()) for part in str(tag["srcset"]).split(","))
    return CSS_URL.sub(lambda found: f"url({urljoin(base, found[2])})", soup.prettify())
