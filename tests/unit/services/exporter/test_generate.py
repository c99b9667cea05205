"""Generated files: valid, pinned to what was tested, and the same everywhere."""

from __future__ import annotations

import ast
import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from libs.common.events.exports import CollectionExport, ExportKind
from libs.common.registry import Bundle, Platform, Registered
from services.exporter.generate import BASE_REQUIREMENTS, config_of, generate, generator_digest
from services.exporter.requirements import requirement_lines

ROOT = Path(__file__).parents[4]


def registered(slug: str = "my-exp", settings: dict[str, Any] | None = None, **manifest: Any) -> Registered:
    platform = Platform(
        revision=3,
        digest="of-the-version",
        bundle=Bundle(key="k", sha256="s", size=1),
        author="ana@example.com",
        updated_at=datetime(2024, 5, 1, tzinfo=UTC),
        settings=settings or {},
    )
    return Registered(slug=slug, manifest=manifest, platform=platform, runtime_s3_uri="s3://bucket/key")


def made(tmp_path: Path, kind: ExportKind = ExportKind.DOCKER, **manifest: Any) -> dict[str, str]:
    generated = generate(registered(**manifest), kind, [], tmp_path)
    return {name: content.decode() for name, content in generated.files.items()}


def test_upload_ready_has_none(tmp_path: Path) -> None:
    assert made(tmp_path, ExportKind.UPLOAD_READY) == {}


def test_python_files_parse_and_import_nothing_of_ours(tmp_path: Path) -> None:
    modules = {name: ast.parse(text) for name, text in made(tmp_path).items() if name.endswith(".py")}
    imported = {
        name.split(".")[0]
        for tree in modules.values()
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert not imported & {"libs", "services", "orjson", "structlog", "isal"}
    assert "standalone_main.py" in modules


def test_base_requirements_are_what_the_lock_tested() -> None:
    locked = {
        package["name"]: package["version"]
        for package in tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))["package"]
        if "version" in package
    }
    for line in requirement_lines(BASE_REQUIREMENTS.read_text("utf-8")):
        requirement = Requirement(line)
        assert str(requirement.specifier) == f"=={locked[canonicalize_name(requirement.name)]}", line


def test_requirements_of_file_and_manifest_are_merged(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("numpy>=2\nfastapi>=0.130\n")
    generated = generate(registered(runtime_pip_deps=["httpx", 7]), ExportKind.STANDALONE, [], tmp_path)
    lines = generated.files["requirements.txt"].decode().splitlines()
    assert {"httpx", "numpy>=2", "ray[default]==2.60.0", "fastapi==0.121.3"} <= set(lines)
    assert any("fastapi>=0.130 contradicts" in warning for warning in generated.warnings)


def test_config_holds_what_the_user_owns_alone() -> None:
    config = orjson.loads(
        config_of(registered(name="Mine", b=1, a={"z": 1, "y": 2}, settings={"auth_required": True}))
    )
    assert config == {
        "a": {"y": 2, "z": 1},
        "b": 1,
        "name": "Mine",
        "slug": "my-exp",
        "platform": {"settings": {"auth_required": True}},
    }
    assert list(config) == sorted(config)


def test_compose_publishes_on_this_machine_alone(tmp_path: Path) -> None:
    compose = made(tmp_path)["docker-compose.yml"]
    published = re.findall(r'^ +- "([^"]+:\d+)"$', compose, re.MULTILINE)
    assert published == ["127.0.0.1:${PORT:-8000}:8000"]
    assert "platform:" not in compose
    for needed in ("healthcheck:", "shm_size:", "mongo-data:/data/db"):
        assert needed in compose


def test_the_image_runs_as_a_user_without_rights(tmp_path: Path) -> None:
    dockerfile = made(tmp_path)["Dockerfile"]
    assert dockerfile.index("USER app") < dockerfile.index('CMD ["python", "standalone_main.py"]')
    assert "HEALTHCHECK" in dockerfile
    assert "--platform" not in dockerfile


def test_docker_ignores_nothing_that_the_application_reads(tmp_path: Path) -> None:
    files = made(tmp_path)
    assert not set(files[".dockerignore"].splitlines()) & (set(files) - {"Dockerfile", "docker-compose.yml"})


def test_the_readme_says_what_was_cut(tmp_path: Path) -> None:
    collections = [
        CollectionExport(name="my-exp_a", exported=2, total=3, truncated=True),
        CollectionExport(name="my-exp_b", exported=0, total=0, truncated=False, note="A view."),
    ]
    manifest = registered(name="A\n# title", description="What it does.")
    readme = generate(manifest, ExportKind.STANDALONE, collections, tmp_path).files["README.md"].decode()
    assert readme.startswith("# A # title\n")
    assert "| `my-exp_a` | 2 | 3 | **cut**" in readme
    assert "A view." in readme
    assert "docker compose" not in readme


@pytest.mark.parametrize("kind", [ExportKind.STANDALONE, ExportKind.DOCKER])
def test_the_readme_names_each_file(tmp_path: Path, kind: ExportKind) -> None:
    files = made(tmp_path, kind)
    named = files.pop("README.md")
    assert [name for name in files if f"`{name}`" not in named and name != "requirements.txt"] == []


def test_generated_files_end_in_one_newline(tmp_path: Path) -> None:
    for name, text in made(tmp_path).items():
        assert text.endswith("\n"), name
        assert not text.endswith("\n\n"), name


def test_the_digest_covers_each_carried_file() -> None:
    assert re.fullmatch("[0-9a-f]{64}", generator_digest())
