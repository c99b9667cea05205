"""What is printed: whole, as it is, and in UTC."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest
from entrepot_client import Progress, Refused, Version
from entrepot_client.commands.output import facts, moment, present, print_json, rows, show, show_error
from entrepot_client.commands.progress import progress
from entrepot_client.models.problems import ProblemDetails
from rich.table import Table

LONG = "a/" * 60 + "file.py"


def version(**more: object) -> Version:
    known = {
        "revision": 1,
        "version": "abc",
        "author": "ana",
        "origin": "import",
        "created_at": "2026-02-28T12:30:00Z",
    }
    return Version.model_validate({**known, "current": True, "kept": True, **more})


def table(found: Version) -> Table:
    return rows(("author", "note"), [(found.author, found.note)])


def test_times_are_utc_whatever_the_platform_s_zone() -> None:
    there = timezone(timedelta(hours=5, minutes=30))

    assert moment(datetime(2026, 2, 28, 18, 0, tzinfo=there)) == "2026-02-28 12:30:00 UTC"


def test_what_is_printed_is_never_read_as_markup(capsys: pytest.CaptureFixture[str]) -> None:
    show(rows(("what", "note"), [("[bold]x[/]", "[/nothing]")]), facts({"[a]": "[red]b"}, title="[c]"))

    printed = capsys.readouterr().out
    for text in ("[bold]x[/]", "[/nothing]", "[red]b", "[c]"):
        assert text in printed


def test_what_is_empty_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    show(facts({"there": 0, "none": None, "empty": "", "nothing": ()}))

    printed = capsys.readouterr().out
    assert "there" in printed
    assert not any(name in printed for name in ("none", "empty", "nothing"))


def test_a_long_name_in_a_file_is_not_cut(capsys: pytest.CaptureFixture[str]) -> None:
    show(rows(("file",), [(LONG,)]))

    assert LONG in capsys.readouterr().out


def test_json_is_what_the_platform_said(capsys: pytest.CaptureFixture[str]) -> None:
    print_json([version(owner="Jörg"), version()])

    first, second = json.loads(capsys.readouterr().out)
    assert first["owner"] == "Jörg"
    assert "note" not in second


def test_one_finding_for_machines_and_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    present(version(note="why"), table, as_json=True)
    assert json.loads(capsys.readouterr().out)["note"] == "why"

    present(version(note="why"), table, as_json=False)
    assert "why" in capsys.readouterr().out


def test_an_error_for_machines_is_on_standard_output_and_alone(capsys: pytest.CaptureFixture[str]) -> None:
    details = ProblemDetails(type="urn:x:gone", title="Gone.", status=404, detail="It is gone.")
    show_error(Refused(details), as_json=True)

    printed = capsys.readouterr()
    assert json.loads(printed.out) == {
        "type": "urn:x:gone",
        "title": "Gone.",
        "status": 404,
        "detail": "It is gone.",
    }
    assert printed.err == ""


def test_progress_is_silent_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with progress() as tell:
        tell(Progress(stage="reading", done=1, total=2))
        tell(Progress(stage="writing"))

    assert capsys.readouterr() == ("", "")


def test_progress_is_a_bar_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with progress() as tell:
        tell(Progress(stage="reading", done=1, total=2))

    printed = capsys.readouterr()
    assert "reading" in printed.err
    assert printed.out == ""
