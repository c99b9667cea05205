"""What a service imports is what its extra brings: an image has no more, nor has an installation without our tools."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import packages_distributions
from typing import Any

import pytest

from libs.manage.up import SERVICES
from tests.servers.entrepot import ROOT

LOCK: dict[str, Any] = tomllib.loads((ROOT / "uv.lock").read_text())
PACKAGES = {package["name"]: package for package in LOCK["package"]}
OURS = ("libs", "services")


def brought(extra: str) -> set[str]:
    """Distributions that an installation with this extra has."""
    project = PACKAGES["entrepot"]
    wanted = [*project["dependencies"], *project["optional-dependencies"][extra]]
    found: set[str] = set()
    while wanted:
        name, chosen = wanted[-1]["name"], wanted.pop().get("extra", ())
        package = PACKAGES[name]
        wanted += [each for key in chosen for each in package.get("optional-dependencies", {}).get(key, ())]
        if name not in found:
            found.add(name)
            wanted += package.get("dependencies", [])
    return found


@cache
def imported(module: str) -> frozenset[str]:
    """Modules that this one imports, at once or within a function, but not for types alone."""
    path = ROOT.joinpath(*module.split("."))
    if path.with_suffix(".py").is_file():
        return frozenset(_imports(ast.parse(path.with_suffix(".py").read_bytes()).body))
    if (path / "__init__.py").is_file():
        return frozenset(_imports(ast.parse((path / "__init__.py").read_bytes()).body))
    return frozenset()


def _imports(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        match node:
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                continue
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield module
                yield from (f"{module}.{name.name}" for name in names)
            case _:
                yield from _imports(ast.iter_child_nodes(node))


def reached(start: str) -> set[str]:
    """All modules that may come to be loaded with this one, ours and others'."""
    found, left = set[str](), [start]
    while left:
        module = left.pop()
        if module not in found:
            found.add(module)
            left += imported(module) if module.startswith(OURS) else ()
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_has_all_that_its_service_loads(service: str) -> None:
    modules = reached(f"services.{service}.__main__") | reached(f"services.{service}.app")
    there, known = brought(service), packages_distributions()
    tops = {module.partition(".")[0] for module in modules if not module.startswith(OURS)}
    makers = {top: {name.lower().replace("_", "-") for name in known[top]} for top in tops if top in known}
    assert makers.keys() >= {"aiohttp", "pydantic", "pymongo"}
    assert [top for top, distributions in makers.items() if not distributions & there] == []
