from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from libs.common.errors import Problem
from services.importer.code.check import check_code
from services.importer.code.modules import Modules
from services.importer.code.parse import parse_files

ACTOR = "import ray\n@ray.remote\nclass ExperimentActor: pass\n"
PACKAGE = "bp = APIRouter()\n"


def modules(root: Path, files: Mapping[str, str], slug: str = "click") -> Modules:
    for path, source in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(source)
    return Modules(
        slug, parse_files(root, [path for path in files if path.endswith(".py")]), frozenset(files)
    )


def check(root: Path, files: Mapping[str, str]) -> list[tuple[str, str | None, int | None]]:
    return [(p.code, p.path, p.line) for p in problems_of(root, files)]


def problems_of(root: Path, files: Mapping[str, str]) -> list[Problem]:
    return check_code(modules(root, {"actor.py": ACTOR, "__init__.py": PACKAGE} | dict(files)))[0]


def test_a_sound_experiment(tmp_path: Path) -> None:
    files = {
        "actor.py": "from .engine import core\nfrom experiments.click.engine.core import run\n" + ACTOR,
        "__init__.py": "from .actor import ExperimentActor\nfrom .routes import *\n",
        "routes.py": "from . import engine\nfrom .engine import run\nbp = APIRouter()\n",
        "engine/__init__.py": "from .core import run\nfrom ..shared import x\n",
        "engine/core.py": "def run(): pass\n",
        "shared.cpython-311-x86_64-linux-gnu.so": "",
    }
    assert check(tmp_path, files) == []


def test_the_class_must_be_there(tmp_path: Path) -> None:
    assert check(tmp_path, {"actor.py": "class Actor: pass"}) == [("no-actor-class", "actor.py", None)]


def test_the_class_must_be_remote(tmp_path: Path) -> None:
    assert check(tmp_path, {"actor.py": "class ExperimentActor: pass"}) == [
        ("actor-not-remote", "actor.py", None)
    ]


@pytest.mark.parametrize("source", ["", "bp = None", "router = APIRouter()", "from .empty import *"])
def test_the_router_must_be_there(tmp_path: Path, source: str) -> None:
    assert check(tmp_path, {"__init__.py": source, "empty.py": "x = 1"}) == [
        ("no-router", "__init__.py", None)
    ]


@pytest.mark.parametrize(
    "source", ["from .routes import bp", "from .routes import *", "from somewhere import *"]
)
def test_the_router_may_come_from_elsewhere(tmp_path: Path, source: str) -> None:
    assert check(tmp_path, {"__init__.py": source, "routes.py": "bp = APIRouter()"}) == []


def test_stars_in_a_circle_end(tmp_path: Path) -> None:
    files = {"__init__.py": "from .a import *", "a.py": "from .b import *", "b.py": "from .a import *"}

    assert check(tmp_path, files) in ([], [("no-router", "__init__.py", None)])


def test_syntax_errors_have_file_and_line(tmp_path: Path) -> None:
    files = {"actor.py": "a = 1\nb = = 2", "__init__.py": "from .lib import x\nbp = f()", "lib.py": "def f(:"}

    assert check(tmp_path, files) == [("syntax-error", "actor.py", 2), ("syntax-error", "lib.py", 1)]


def test_files_that_nothing_imports_only_warn(tmp_path: Path) -> None:
    files = {"actor.py": ACTOR, "__init__.py": PACKAGE, "old/unused.py": "print 'two'"}

    problems, warnings = check_code(modules(tmp_path, files))

    assert problems == []
    assert [(problem.code, problem.path) for problem in warnings] == [("syntax-error", "old/unused.py")]


@pytest.mark.parametrize(
    ("path", "source", "missing"),
    [
        ("__init__.py", "from .engine import run\nbp = f()", "engine.py"),
        ("__init__.py", "from experiments.click.engine import run\nbp = f()", "engine.py"),
        ("__init__.py", "import experiments.click.deep.engine\nbp = f()", "deep/engine.py"),
        ("actor.py", "from .a.b import c\n" + ACTOR, "a/b.py"),
    ],
)
def test_modules_that_are_not_there(tmp_path: Path, path: str, source: str, missing: str) -> None:
    (problem,) = problems_of(tmp_path, {path: source})

    assert (problem.code, problem.path, problem.line) == ("missing-module", path, 1)
    assert missing in problem.message


@pytest.mark.parametrize(
    "source",
    [
        "try:\n    from .fast import x\nexcept ImportError:\n    x = None\nbp = f()",
        "from . import attribute\nbp = f()",
        "from ...outside import x\nbp = f()",
        "from experiments.other import x\nbp = f()",
        "from .data import x\nbp = f()",
    ],
)
def test_imports_that_may_be_absent_or_lie_elsewhere(tmp_path: Path, source: str) -> None:
    assert check(tmp_path, {"__init__.py": source, "data/values.txt": ""}) == []


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    found = check(tmp_path, {"actor.py": "from .gone import x", "__init__.py": "y = 1"})

    assert sorted(code for code, _, _ in found) == ["missing-module", "no-actor-class", "no-router"]


def test_missing_files_are_not_reported_here(tmp_path: Path) -> None:
    assert check_code(modules(tmp_path, {"readme.txt": ""})) == ([], [])


def test_modules_reached(tmp_path: Path) -> None:
    files = {
        "__init__.py": "from .a import x",
        "actor.py": "def f():\n    from experiments.click.pkg.deep import y",
        "a.py": "import b",
        "b.py": "",
        "pkg/__init__.py": "from . import side",
        "pkg/deep.py": "from ..a import x",
        "pkg/side.py": "",
        "unused.py": "",
    }
    reached = modules(tmp_path, files).reached()

    assert reached == {"__init__.py", "actor.py", "a.py", "pkg/__init__.py", "pkg/deep.py", "pkg/side.py"}
