from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

CODE = """
import logging, structlog
from libs.common.logs import configure_logs
from libs.common.settings import Settings
configure_logs(Settings(log_format={form!r}, log_level="info"), service="exporter")
structlog.get_logger("services.exporter").info("one\\ntwo", number=1)
structlog.get_logger("services.exporter").debug("unheard")
structlog.get_logger("services.exporter").info("odd", name="\\udcff", number=2**64, kind=ValueError)
logging.getLogger("library").warning("from %s", "elsewhere")
try:
    raise ValueError("reason")
except ValueError:
    structlog.get_logger("services.exporter").exception("failed")
print("went on")
"""


def logged(form: str, *, to: str | None = None) -> tuple[str, str]:
    """Standard output and error of a process that logs."""
    command = [sys.executable, "-c", CODE.format(form=form)]
    if to is None:
        done = subprocess.run(command, capture_output=True, check=True, text=True)
        return done.stdout, done.stderr
    with Path(to).open("w") as place:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=place, check=True, text=True)
    return done.stdout, ""


def test_a_line_of_json_for_each_record() -> None:
    _, error = logged("json")
    lines = [json.loads(line) for line in error.splitlines()]
    assert [(line["logger"], line["level"], line["event"]) for line in lines] == [
        ("services.exporter", "info", "one\ntwo"),
        ("services.exporter", "info", "odd"),
        ("library", "warning", "from elsewhere"),
        ("services.exporter", "error", "failed"),
    ]
    assert {line["service"] for line in lines} == {"exporter"}
    assert lines[0]["number"] == 1
    assert (lines[1]["name"], lines[1]["number"]) == ("\udcff", 2**64)
    assert "ValueError: reason" in lines[3]["exception"]


def test_a_line_for_people() -> None:
    _, error = logged("console")
    first, _, library, *_ = error.splitlines()
    assert "one\\ntwo" in first
    assert "services.exporter" in first
    assert "from elsewhere" in library
    assert error.endswith("ValueError: reason\n")


def test_a_log_that_cannot_be_written_stops_nobody() -> None:
    for form in ("json", "console"):
        assert logged(form, to="/dev/full") == ("went on\n", "")
