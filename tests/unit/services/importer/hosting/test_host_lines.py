"""What people read of an experiment that does not start."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import experiment_host
from experiment_host import LINES, lines_of


def test_what_works_has_no_lines() -> None:
    assert lines_of(lambda: None) == []


def test_the_lines_begin_with_the_experiments_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / "experiments" / "sad" / "__init__.py"
    module.parent.mkdir(parents=True)
    module.write_text("def start():\n    raise RuntimeError('no such sensor')\n\n\nstart()\n")
    monkeypatch.setattr(experiment_host, "HERE", str(tmp_path))
    monkeypatch.setattr(experiment_host, "EXPERIMENTS", f"{tmp_path}/experiments/")
    lines = lines_of(_import(module))
    assert lines[-1] == "RuntimeError: no such sensor"
    assert lines[1] == '  File "experiments/sad/__init__.py", line 5, in <module>'
    assert "experiment_host" not in "\n".join(lines)


@pytest.mark.parametrize(
    "leave", [lambda: sys.exit("I leave"), lambda: (_ for _ in ()).throw(KeyboardInterrupt)]
)
def test_leaving_is_an_error_too(leave: Callable[[], object]) -> None:
    lines = lines_of(lambda: next(iter(leave())))  # type: ignore[call-overload]
    assert lines[-1] in {"SystemExit: I leave", "KeyboardInterrupt"}


def test_a_long_error_is_cut_at_its_beginning() -> None:
    def fail() -> None:
        raise ValueError("\n".join(str(number) for number in range(100)))

    lines = lines_of(fail)
    assert (len(lines), lines[-1]) == (LINES, "99")


def test_colours_are_taken_out() -> None:
    def fail() -> None:
        raise ValueError("\x1b[31mred\x1b[0m")

    assert lines_of(fail)[-1] == "ValueError: red"


def _import(path: Path) -> Callable[[], None]:
    def load() -> None:
        spec = importlib.util.spec_from_file_location("sad", path)
        assert spec is not None
        assert spec.loader is not None
        spec.loader.exec_module(importlib.util.module_from_spec(spec))

    return load
