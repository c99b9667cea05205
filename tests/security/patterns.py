"""All regular expressions that our code is written with, found in its source."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
UNANCHORED: Final = frozenset({"search", "sub", "subn", "split", "findall", "finditer"})
"""Methods that try a pattern at each place of a text, which costs more than trying it once."""


@dataclass(frozen=True)
class Pattern:
    """`methods` are those by which our code applies it."""

    where: str
    compiled: re.Pattern[str] | re.Pattern[bytes]
    methods: frozenset[str]


def patterns() -> Iterator[Pattern]:
    """Compiled ones by the name of their module's variable, the others where they are written as they are."""
    for package in ("libs", "services"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if "carried" not in path.parts and "client" not in path.parts:
                yield from _of_module(path)


def _of_module(path: Path) -> Iterator[Pattern]:
    text = path.read_text()
    if "import re\n" not in text:
        return
    name = path.relative_to(ROOT).with_suffix("").as_posix()
    module = importlib.import_module(name.replace("/", ".").removesuffix(".__init__"))
    for variable, value in vars(module).items():
        if isinstance(value, re.Pattern):
            methods = re.findall(rf"\b{re.escape(variable)}\.(\w+)\(", text)
            yield Pattern(f"{name}.{variable}", value, frozenset(methods))
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="re"), attr=method),
                args=[ast.Constant(value=written), *_],
            ) if method in {*UNANCHORED, "match", "fullmatch"} and isinstance(written, str):
                yield Pattern(f"{name}:{node.lineno}", re.compile(written), frozenset({method}))
