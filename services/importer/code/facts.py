"""Parses the Python files of an upload and writes what it found as JSON; a program of its own.

It runs apart from the service (`python -I -S facts.py`, a folder and file names on standard input), because a hostile
source can exhaust the parser's memory or stack, and because the parser holds the interpreter's lock. So it imports
nothing but little of the standard library, and limits itself.
"""

from __future__ import annotations

import ast
import json
import os
import resource
import sys
import warnings
from collections.abc import Iterator
from typing import TypedDict

LARGEST = 2 * 2**20
"""Bytes of one source; the parser needs up to a hundred times as much memory."""
MEMORY = 2 * 2**30
CPU_SECONDS = 60
OUTPUT = 64 * 2**20


class Fault(TypedDict):
    """Why a file could not be parsed; `line` is None where that is unknown."""

    message: str
    line: int | None


class Reference(TypedDict):
    """An import: `level` dots, the module, the names taken from it. `guarded` ones may fail."""

    level: int
    module: str
    names: list[str]
    line: int
    guarded: bool


class Facts(TypedDict):
    """What one file says. `bound` are names that the module binds to more than a constant."""

    fault: Fault | None
    bound: list[str]
    classes: dict[str, list[str]]
    """Classes of the module with their decorators, as dotted names."""
    imports: list[Reference]
    templates: list[tuple[str, int]]
    """Names of templates that stand literally in calls."""


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT, OUTPUT))
    warnings.simplefilter("ignore")
    folder, *paths = sys.stdin.read().split("\n")
    for path in paths:
        json.dump([path, examine(os.path.join(folder, path))], sys.stdout)  # noqa: PTH118  (a start without pathlib is shorter)
        print(flush=True)  # noqa: T201  (what is done counts, should the next file end this process)


def examine(path: str | os.PathLike[str]) -> Facts:
    """Never raises for anything that the file holds."""
    if os.stat(path).st_size > LARGEST:  # noqa: PTH116
        return _unread(f"The file is larger than {LARGEST} bytes.")
    with open(path, "rb") as file:  # noqa: PTH123
        source = file.read()
    try:
        tree = ast.parse(source)
        return _facts(tree)
    except SyntaxError as error:
        return _unread(error.msg, error.lineno)
    except ValueError as error:
        return _unread(str(error))
    except (RecursionError, MemoryError):
        return _unread("The code is nested too deeply.")


def _unread(message: str, line: int | None = None) -> Facts:
    return Facts(fault=Fault(message=message, line=line), bound=[], classes={}, imports=[], templates=[])


def _facts(tree: ast.Module) -> Facts:
    aliases = _aliases(tree)
    classes = {
        node.name: [_dotted(decorator, aliases) for decorator in node.decorator_list]
        for node in _top_level(tree)
        if isinstance(node, ast.ClassDef)
    }
    return Facts(
        fault=None,
        bound=sorted({name for node in _top_level(tree) for name in _bound(node)}),
        classes=classes,
        imports=sorted(_imports(tree), key=lambda reference: reference["line"]),
        templates=[found for node in ast.walk(tree) if (found := _template(node))],
    )


def _top_level(tree: ast.Module) -> Iterator[ast.AST]:
    """Statements that run when the module is imported, also inside `if`, `try`, `with` and loops."""
    waiting: list[ast.AST] = list(reversed(tree.body))
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(
            node, ast.If | ast.Try | ast.TryStar | ast.With | ast.For | ast.While | ast.ExceptHandler
        ):
            waiting.extend(
                child
                for child in ast.iter_child_nodes(node)
                if isinstance(child, ast.stmt | ast.ExceptHandler)
            )


def _bound(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Assign) and not isinstance(node.value, ast.Constant):
        for target in node.targets:
            yield from (name.id for name in ast.walk(target) if isinstance(name, ast.Name))
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        if node.value is not None and not isinstance(node.value, ast.Constant):
            yield node.target.id
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name.split(".")[0] for alias in node.names)


def _aliases(tree: ast.Module) -> dict[str, str]:
    """Imported names by what they stand for: `{"r": "ray"}` for `import ray as r`."""
    found: dict[str, str] = {}
    for node in _top_level(tree):
        if isinstance(node, ast.Import):
            found |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _dotted(node: ast.expr, aliases: dict[str, str]) -> str:
    """`ray.remote` for `@ray.remote`, `@ray.remote(num_cpus=1)`, `@r.remote` and `@remote`; else empty."""
    if isinstance(node, ast.Call):
        node = node.func
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([aliases.get(node.id, node.id), *reversed(parts)])


def _imports(tree: ast.Module) -> Iterator[Reference]:
    for node, guarded in _walk(tree):
        yield from _references(node, guarded)


def _walk(tree: ast.Module) -> Iterator[tuple[ast.AST, bool]]:
    """Every node, and whether its failure to import is provided for."""
    waiting: list[tuple[ast.AST, bool]] = [(tree, False)]
    while waiting:
        node, guarded = waiting.pop()
        yield node, guarded
        inside = (
            guarded
            or isinstance(node, ast.Try | ast.TryStar)
            or (isinstance(node, ast.If) and _is_typing(node.test))
        )
        waiting.extend((child, inside) for child in ast.iter_child_nodes(node))


def _is_typing(test: ast.expr) -> bool:
    return any(
        "TYPE_CHECKING" in (getattr(node, "id", None), getattr(node, "attr", None)) for node in ast.walk(test)
    )


def _references(node: ast.AST, guarded: bool) -> Iterator[Reference]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield Reference(level=0, module=alias.name, names=[], line=node.lineno, guarded=guarded)
    elif isinstance(node, ast.ImportFrom):
        names = [alias.name for alias in node.names]
        yield Reference(
            level=node.level, module=node.module or "", names=names, line=node.lineno, guarded=guarded
        )


def _template(node: ast.AST) -> tuple[str, int] | None:
    """The literal name in `TemplateResponse(request, "x.html")`, in either order, or `get_template("x.html")`."""
    if not isinstance(node, ast.Call):
        return None
    called = getattr(node.func, "attr", None) or getattr(node.func, "id", None)
    if called not in {"TemplateResponse", "get_template"}:
        return None
    given = [*node.args[:2], *(keyword.value for keyword in node.keywords if keyword.arg == "name")]
    names = [
        value.value for value in given if isinstance(value, ast.Constant) and isinstance(value.value, str)
    ]
    return (names[0], node.lineno) if names else None


if __name__ == "__main__":
    main()
