from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from services.importer.code.facts import LARGEST, Facts, examine


@pytest.fixture
def facts(tmp_path: Path) -> Any:
    def of(source: str | bytes) -> Facts:
        path = tmp_path / "module.py"
        path.write_bytes(source if isinstance(source, bytes) else source.encode())
        return examine(path)

    return of


@pytest.mark.parametrize(
    "source",
    [
        "bp = APIRouter()",
        "bp: APIRouter = APIRouter()",
        "a, bp = 1, APIRouter()",
        "a = bp = make()",
        "from .routes import bp",
        "from .routes import router as bp",
        "import routes as bp",
        "if DEBUG:\n    bp = a()\nelse:\n    bp = b()",
        "try:\n    from a import bp\nexcept ImportError:\n    bp = None",
        "try:\n    import a\nexcept ImportError:\n    bp = b()",
        "with quiet():\n    bp = a()",
        "bp = None\nbp = APIRouter()",
    ],
)
def test_names_that_a_module_binds(facts: Any, source: str) -> None:
    assert "bp" in facts(source)["bound"]


@pytest.mark.parametrize(
    "source",
    [
        "bp = None",
        "bp: APIRouter",
        "def f():\n    bp = a()",
        "class C:\n    bp = a()",
        "x.bp = a()",
        "bp == a()",
        "# bp = a()",
    ],
)
def test_names_that_it_does_not_bind(facts: Any, source: str) -> None:
    assert "bp" not in facts(source)["bound"]


@pytest.mark.parametrize(
    "source",
    [
        "import ray\n@ray.remote\nclass A: pass",
        "import ray\n@ray.remote(num_cpus=1, max_restarts=-1)\nclass A: pass",
        "import ray as r\n@r.remote\nclass A: pass",
        "from ray import remote\n@remote\nclass A: pass",
        "from ray import remote as far\n@far()\nclass A: pass",
        "import ray\n@other\n@ray.remote\nclass A: pass",
        "import ray\nif True:\n    @ray.remote\n    class A: pass",
    ],
)
def test_decorators_are_resolved(facts: Any, source: str) -> None:
    assert "ray.remote" in facts(source)["classes"]["A"]


def test_other_decorators_are_not_rays(facts: Any) -> None:
    found = facts("import mine as ray\n@ray.remote\nclass A: pass\n@f[0]\nclass B: pass\nclass C: pass")[
        "classes"
    ]

    assert found == {"A": ["mine.remote"], "B": [""], "C": []}


def test_imports_with_their_lines_and_whether_they_may_fail(facts: Any) -> None:
    source = """\
import os.path
from ..core import a, b
try:
    import fast
except ImportError:
    fast = None
if TYPE_CHECKING:
    from typing_only import T
def f():
    import late
"""
    found = sorted(facts(source)["imports"], key=lambda reference: reference["line"])

    assert [(r["level"], r["module"], r["names"], r["line"], r["guarded"]) for r in found] == [
        (0, "os.path", [], 1, False),
        (2, "core", ["a", "b"], 2, False),
        (0, "fast", [], 4, True),
        (0, "typing_only", ["T"], 8, True),
        (0, "late", [], 10, False),
    ]


def test_literal_names_of_templates(facts: Any) -> None:
    source = """\
t.TemplateResponse("a.html", {})
t.TemplateResponse(request, "b.html")
t.TemplateResponse(request=request, name="c.html")
env.get_template("d.html")
t.TemplateResponse(name_of(x), {})
other("e.html")
"""
    assert sorted(facts(source)["templates"]) == [("a.html", 1), ("b.html", 2), ("c.html", 3), ("d.html", 4)]


@pytest.mark.parametrize(
    ("source", "line"),
    [
        (b"x = (", 1),
        (b"a = 1\nb = = 2", 2),
        (b"\x00", None),
        (b"# coding: latin-1\n\xe9 = 1\n)", 3),
        (b"# coding: nonsense\n", None),
        (b"print 'two'", 1),
    ],
)
def test_what_python_cannot_parse(facts: Any, source: bytes, line: int | None) -> None:
    fault = facts(source)["fault"]

    assert fault is not None
    assert fault["message"]
    if line is not None:
        assert fault["line"] == line


@pytest.mark.parametrize(
    "source",
    [
        "(" * 10_000 + ")" * 10_000,
        "x = " + "-" * 100_000 + "1",
        "x = " + "a." * 100_000 + "b",
        "if 1:\n" + " pass\n" * 10,
    ],
)
def test_deep_code_never_raises(facts: Any, source: str) -> None:
    assert facts(source)["classes"] == {}


def test_large_files_are_not_parsed(facts: Any) -> None:
    assert facts(b"#" * LARGEST)["fault"] is None
    assert facts(b"#" * (LARGEST + 1))["fault"] is not None


def test_other_encodings_are_read(facts: Any) -> None:
    assert facts("# -*- coding: latin-1 -*-\nbp = f('é')".encode("latin-1"))["bound"] == ["bp"]
    assert facts(b"\xef\xbb\xbfbp = f()")["bound"] == ["bp"]
