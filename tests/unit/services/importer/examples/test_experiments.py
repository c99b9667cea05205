"""The example experiments' files, read and parsed but not run: each is valid, and together they cover the contract."""

from __future__ import annotations

import ast
import json
import re
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from fastapi.templating import Jinja2Templates
from jinja2 import Environment

from services.importer.examples.generate import GENERATORS, generate

EXPERIMENTS = Path(__file__).parents[5] / "experiments"
SLUGS = sorted(GENERATORS)


def manifest(slug: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((EXPERIMENTS / slug / "manifest.json").read_text())
    return content


def indexes() -> list[dict[str, Any]]:
    return [
        index for slug in SLUGS for listed in manifest(slug)["managed_indexes"].values() for index in listed
    ]


def source(pattern: str) -> str:
    return "\n".join(path.read_text() for path in sorted(EXPERIMENTS.rglob(pattern)))


def test_each_folder_is_an_example_with_data() -> None:
    folders = {path.name for path in EXPERIMENTS.iterdir() if path.is_dir() and not path.name.startswith("_")}
    assert folders == set(SLUGS)


@pytest.mark.parametrize("slug", SLUGS)
def test_required_definitions_are_there(slug: str) -> None:
    actor = ast.parse((EXPERIMENTS / slug / "actor.py").read_text())
    [found] = [
        node for node in actor.body if isinstance(node, ast.ClassDef) and node.name == "ExperimentActor"
    ]
    assert ast.unparse(found.decorator_list[0]).startswith("ray.remote")
    methods = {node.name: node for node in found.body if isinstance(node, ast.FunctionDef)}
    arguments = [argument.arg for argument in methods["__init__"].args.args]
    assert arguments == ["self", "mongo_uri", "db_name", "write_scope", "read_scopes"]
    package = ast.parse((EXPERIMENTS / slug / "__init__.py").read_text())
    assigned = [
        ast.unparse(target)
        for node in package.body
        if isinstance(node, ast.Assign)
        for target in node.targets
    ]
    assert "bp" in assigned


@pytest.mark.parametrize("slug", SLUGS)
def test_each_has_comparable_data_and_no_data_files(slug: str) -> None:
    assert '@bp.get("/api/data")' in (EXPERIMENTS / slug / "__init__.py").read_text()
    suffixes = {
        path.suffix
        for path in (EXPERIMENTS / slug).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert suffixes <= {".py", ".json", ".txt", ".html", ".css", ".js", ".svg", ".png", ".webm"}
    assert [path.name for path in (EXPERIMENTS / slug).rglob("*.json")] == ["manifest.json"]


@pytest.mark.parametrize("slug", SLUGS)
def test_indexed_collections_are_generated_or_filled_in_use(slug: str) -> None:
    generated = {name.removeprefix(f"{slug}_") for name in generate(slug)}
    assert set(manifest(slug)["managed_indexes"]) - generated <= {"sessions"}


@pytest.mark.parametrize(
    "template", sorted(EXPERIMENTS.rglob("templates/*.html")), ids=lambda path: path.name
)
def test_templates_are_valid(template: Path) -> None:
    Environment(autoescape=True).parse(template.read_text())
    Jinja2Templates(directory=template.parent).get_template(template.name)


@pytest.mark.parametrize("slug", SLUGS)
def test_static_files_that_pages_name_exist(slug: str) -> None:
    folder = EXPERIMENTS / slug
    html = "\n".join(path.read_text() for path in folder.rglob("*.html"))
    for name in re.findall(r"static/([\w.@-]+)", html):
        assert (folder / "static" / name).is_file(), name
    for sheet in folder.rglob("*.css"):
        for name in re.findall(r"url\(\s*['\"]?([\w.@-]+)", sheet.read_text()):
            assert (sheet.parent / name).is_file(), name


def test_slugs_cover_what_naming_must_survive() -> None:
    assert any("-" in slug for slug in SLUGS)
    assert any(other.startswith(f"{slug}_") for slug in SLUGS for other in SLUGS)
    keys = [{"slug", "slug_id"} & manifest(slug).keys() for slug in SLUGS]
    assert {frozenset(key) for key in keys} == {frozenset(), frozenset({"slug"}), frozenset({"slug_id"})}


def test_manifests_cover_the_known_keys() -> None:
    keys = set(chain.from_iterable(manifest(slug) for slug in SLUGS))
    assert keys >= {
        "status",
        "auth_required",
        "data_scope",
        "managed_indexes",
        "collection_settings",
        "developer_id",
    }
    assert {manifest(slug).get("auth_required", False) for slug in SLUGS} == {True, False}
    assert manifest("click_tracker")["data_scope"] == ["self", "click"]
    assert any((EXPERIMENTS / slug / "requirements.txt").exists() for slug in SLUGS)


def test_indexes_cover_every_type_and_option() -> None:
    assert {index["type"] for index in indexes()} == {
        "regular", "text", "geospatial", "ttl", "partial", "vectorSearch", "search", "hybrid",
    }  # fmt: skip
    assert {type(index["keys"]) for index in indexes() if "keys" in index} == {dict, list}
    options = set(chain.from_iterable(index.get("options", {}) for index in indexes()))
    assert options == {
        "unique", "sparse", "expireAfterSeconds", "partialFilterExpression", "weights", "default_language",
        "language_override", "background",
    }  # fmt: skip


@pytest.mark.parametrize(
    "needle",
    [
        'TemplateResponse(\n        "index.html",\n        {\n            "request": request',
        'TemplateResponse(request, "index.html"',
        "from .actor import",
        "from experiments.sensor_log.analysis.summary import",
        "from .gaps import",
        "@bp.websocket(",
        "UploadFile = File(",
        "= Form(",
        "set_cookie(",
        "RedirectResponse(",
        "StreamingResponse(",
        'get_collection("click_clicks")',
        'namespace="modular_labs"',
        "Depends(require_admin)",
        "async def initialize(self)",
    ],
)
def test_code_covers_what_hosts_must_serve(needle: str) -> None:
    assert needle in source("*.py")


@pytest.mark.parametrize(
    "needle",
    [
        'src="static/',
        "href='static/",
        "srcset=",
        "poster=",
        "data-src=",
        "url('static/",
        'href="https://',
        'src="{%',
    ],
)
def test_pages_cover_what_a_rewrite_of_paths_meets(needle: str) -> None:
    assert needle in source("*.html")
