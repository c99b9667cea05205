"""`entrepot events`."""

from __future__ import annotations

import json

import httpx

from tests.unit.libs.client.commands.terminal import Terminal
from tests.unit.libs.client.samples import JOB, problem
from tests.unit.libs.client.test_events import MARK, stream, told

REQUEST = "GET /api/events"
GAP = 'id: 3\nevent: gap\ndata: {"oldest": 4}\n\n'


def test_the_kept_ones_are_lines(terminal: Terminal) -> None:
    reading = told(5, subject="click", data={"progress": {"stage": "reading"}})
    failed = told(6, data={"error": {"message": "[boom]"}}, type="io.entrepot.export.failed")
    terminal.answer(REQUEST, stream(GAP, told(4), reading, failed, MARK.format(6)))

    done = terminal.type("events", "--after", "1")

    assert done.status == 0
    assert [line.split(maxsplit=2)[::2] for line in done.output.splitlines()] == [
        ["4", "export.progressed  number 4"],
        ["5", "export.progressed  click  reading"],
        ["6", "export.failed  [boom]"],
    ]
    assert "before number 4" in done.complaints


def test_json_is_one_event_a_line(terminal: Terminal) -> None:
    terminal.answer(REQUEST, stream(told(4), told(5), MARK.format(5)))

    lines = [json.loads(line) for line in terminal.type("events", "--json").output.splitlines()]

    assert [(line["number"], line["id"], line["specversion"]) for line in lines] == [
        (4, "event-4", "1.0"),
        (5, "event-5", "1.0"),
    ]


def test_following_goes_on_until_the_platform_is_away_for_too_long(terminal: Terminal) -> None:
    terminal.answer(REQUEST, stream(told(4)))
    terminal.answer(REQUEST, httpx.ConnectError("refused"))

    done = terminal.type("events", "--follow", "--type", "export.*", "--type", "import.*", "--job", JOB)

    assert (done.status, len(done.output.splitlines())) == (3, 1)
    assert "does not answer" in done.complaints


def test_who_may_not_listen_is_told(terminal: Terminal) -> None:
    terminal.answer(REQUEST, problem(401, "unauthenticated"))

    assert terminal.type("events", "--follow").status == 4
