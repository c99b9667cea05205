from __future__ import annotations

from pathlib import Path

import pytest
from packaging.requirements import Requirement

from services.importer.requirements import import_names, read_requirements, unprovided_imports
from tests.unit.services.importer.code.test_check import ACTOR, PACKAGE, modules


def test_lines_are_read_as_pip_reads_them() -> None:
    content = b"""\xef\xbb\xbf# a comment
numpy>=1.26,<3   # inline
httpx[http2]==0.28.1 ; python_version >= "3.8"

matplotlib \\
    >= 3.8
bcrypt==4.0.1 --hash=sha256:abc \\
    --hash=sha256:def
tool @ https://host/x.whl#sha256=1
"""
    found = read_requirements(content)

    assert [str(requirement.name) for requirement in found.wanted] == [
        "numpy",
        "httpx",
        "matplotlib",
        "bcrypt",
        "tool",
    ]
    assert found.problems == found.warnings == []


@pytest.mark.parametrize(
    "name", ["fastapi==0.1", "Starlette>=99", "pymongo<2", "ray @ https://example.com/ray.whl"]
)
def test_what_contradicts_the_platform_is_refused(name: str) -> None:
    [problem] = read_requirements(f"numpy\n{name}\n".encode()).problems

    assert (problem.code, problem.line) == ("contradicts-platform", 2)
    assert problem.remedy is not None


def test_a_marker_that_does_not_hold_contradicts_nothing() -> None:
    found = read_requirements(b"fastapi==0.1; python_version < '3'\n")

    assert found.problems == found.warnings == []


def test_what_is_no_requirement_has_its_line() -> None:
    found = read_requirements(b"numpy\n???\n./local\nscipy ==\n")

    assert [(problem.code, problem.line) for problem in found.problems] == [
        ("invalid-requirement", 2),
        ("invalid-requirement", 3),
        ("invalid-requirement", 4),
    ]


def test_options_of_pip_are_not_followed() -> None:
    found = read_requirements(b"-r other.txt\n--index-url https://evil\n-e .\nnumpy")

    assert [(warning.code, warning.line) for warning in found.warnings] == [
        ("pip-option", n) for n in (1, 2, 3)
    ]
    assert len(found.wanted) == 1


@pytest.mark.parametrize("name", ["ray", "FastAPI>=0.1", "PyMongo>=4", "pydantic_core", "python.multipart"])
def test_platform_packages_are_named(name: str) -> None:
    assert [warning.code for warning in read_requirements(name.encode()).warnings] == ["platform-package"]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"# only\n", b"\\", b"\xff\xfe", b"a" * 100_000])
def test_odd_files_raise_nothing(content: bytes) -> None:
    read_requirements(content)


@pytest.mark.parametrize(
    ("distribution", "name"),
    [
        ("Pillow", "PIL"),
        ("scikit-learn", "sklearn"),
        ("python-dateutil", "dateutil"),
        ("numpy", "numpy"),
        ("typing-extensions", "typing_extensions"),
        ("google-cloud-storage", "google"),
        ("pymongo", "bson"),
        ("python-slugify", "slugify"),
    ],
)
def test_import_names(distribution: str, name: str) -> None:
    assert name in import_names(distribution)


def test_imports_that_nothing_provides(tmp_path: Path) -> None:
    actor = """\
import json, ray, bson, experiment_db
import numpy as np
import pandas
from PIL import Image
from experiments.click import x
import helper
import pandas.io
try:
    import orjson
except ImportError:
    pass
"""
    files = {"actor.py": actor + ACTOR, "__init__.py": PACKAGE, "helper.py": "", "unused.py": "import torch"}

    found = unprovided_imports(modules(tmp_path, files), [Requirement("numpy"), Requirement("pillow")])

    assert [(problem.path, problem.line, problem.remedy) for problem in found] == [
        ("actor.py", 3, "Add it to requirements.txt."),
        ("actor.py", 6, "Write `from . import helper`."),
    ]
