"""The files of a standalone application that no experiment brings: generated, or carried as they are (DESIGN §5).

Nothing of the environment, the clock or this host goes in: equal experiments give equal bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from libs.common.events.exports import CollectionExport, ExportKind
from libs.common.registry import Registered
from services.exporter.requirements import merge_requirements, requirement_lines

GENERATOR_VERSION: Final = "2"
"""Part of each content digest; raised when this code, not a file that it carries, would give other bytes."""

HERE: Final = Path(__file__).parent
TEMPLATES: Final = HERE / "templates"
CARRIED: Final = HERE / "carried"
RUNTIME: Final = HERE.parents[1] / "libs" / "runtime"
CARRIED_MODULES: Final = (
    "standalone_actor.py",
    "standalone_app.py",
    "standalone_seed.py",
)
RUNTIME_MODULES: Final = (
    "async_mongo_wrapper.py",
    "core_deps.py",
    "experiment_db.py",
    "managed_indexes.py",
    "mongo_connection_pool.py",
    "standalone_data.py",
)
BASE_REQUIREMENTS: Final = TEMPLATES / "requirements-base.txt"
REQUIREMENTS: Final = "requirements.txt"

_GENERATED: Final = {
    "standalone_main.py": "standalone_main.py.j2",
    "README.md": "README.md.j2",
    REQUIREMENTS: "requirements.txt.j2",
}
_DOCKER: Final = {
    "Dockerfile": "Dockerfile.j2",
    "docker-compose.yml": "docker-compose.yml.j2",
    ".dockerignore": "dockerignore.j2",
}

# Nothing here is HTML: Python, Markdown, YAML and a Dockerfile, and the slug is checked to be plain.
_ENVIRONMENT: Final = Environment(  # noqa: S701
    loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, keep_trailing_newline=True
)


@dataclass(frozen=True)
class Generated:
    """Contents by name at the root of the ZIP, and what to tell about them."""

    files: Mapping[str, bytes]
    warnings: Sequence[str]


def generate(
    registered: Registered, kind: ExportKind, collections: Sequence[CollectionExport], code: Path
) -> Generated:
    """Everything beside code and data; nothing for an upload-ready export. `code` is the version's folder."""
    if kind is ExportKind.UPLOAD_READY:
        return Generated({}, [])
    wanted = [*_own_requirements(code), *_manifest_requirements(registered.manifest)]
    merged = merge_requirements(requirement_lines(BASE_REQUIREMENTS.read_text("utf-8")), wanted)
    context = {
        "slug": registered.slug,
        "title": _one_line(registered.effective.name or registered.slug),
        "description": (registered.effective.description or "").strip(),
        "collections": collections,
        "docker": kind is ExportKind.DOCKER,
        "requirements": merged.lines,
        "base_comment": _comment(BASE_REQUIREMENTS.read_text("utf-8")),
    }
    templates = _GENERATED | (_DOCKER if kind is ExportKind.DOCKER else {})
    files = {name: _render(template, context) for name, template in templates.items()}
    files |= {path.name: path.read_bytes() for path in _carried_modules()}
    files["db_config.json"] = config_of(registered)
    return Generated(files, merged.warnings)


@cache
def generator_digest() -> str:
    """SHA-256 over the generator's version and all templates and modules that it puts into exports."""
    sources = [*TEMPLATES.iterdir(), *_carried_modules()]
    described = sorted((path.name, path.read_text("utf-8")) for path in sources)
    return sha256(orjson.dumps([GENERATOR_VERSION, described])).hexdigest()


def config_of(registered: Registered) -> bytes:
    """`db_config.json`: what the user owns of the configuration, in the form in which experiments read it."""
    config = registered.manifest | {
        "slug": registered.slug,
        "platform": {"settings": registered.platform.settings},
    }
    return orjson.dumps(config, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def _carried_modules() -> list[Path]:
    """Ours for the application itself, and those that experiments import."""
    return [*(CARRIED / name for name in CARRIED_MODULES), *(RUNTIME / name for name in RUNTIME_MODULES)]


def _render(template: str, context: Mapping[str, Any]) -> bytes:
    return _ENVIRONMENT.get_template(template).render(context).encode()


def _own_requirements(code: Path) -> list[str]:
    path = code / REQUIREMENTS
    if not path.is_file():
        return []
    return list(requirement_lines(path.read_bytes().decode("utf-8", "replace")))


def _manifest_requirements(manifest: Mapping[str, Any]) -> list[str]:
    """`runtime_pip_deps`, where it is what it should be: a list of requirements."""
    wanted = manifest.get("runtime_pip_deps")
    return [line for line in wanted if isinstance(line, str)] if isinstance(wanted, list) else []


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _comment(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if line.startswith("#"))
