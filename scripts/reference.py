"""The reference of settings and commands, written from the code that reads them."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator

import typer
from pydantic import AliasChoices, ByteSize, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings
from typer.cli import get_docs_for_click
from typer.main import get_command

from libs.common.limits import Limits
from libs.common.settings import Settings
from libs.manage.main import app

MADE = "<!-- Written by `make docs` from the code. -->\n"
SETTINGS_HEAD = f"""{MADE}
# Settings

All are environment variables, read once at start. Empty counts as unset. [deployment](../deployment.md) says which of
them a team or a company sets; a person who runs `make up` needs none.

## What an operator sets
"""
LIMITS_HEAD = """
## Limits

Sizes are bytes; `64MiB` and the like are understood, too.
"""
COMMANDS_HEAD = f"""{MADE}
# Commands

In containers `./manage.py …` is `docker compose run --rm manage …`. Each command shows the same with `--help`.

"""


def settings_page() -> str:
    return SETTINGS_HEAD + _table(Settings) + LIMITS_HEAD + _table(Limits)


def commands_page() -> str:
    """As typer writes it, each command one heading below the group it belongs to."""
    command = get_command(app)
    pages = get_docs_for_click(obj=command, ctx=typer.Context(command), name="./manage.py", indent=1)
    return f"{COMMANDS_HEAD}{pages.strip()}\n"


def _table(model: type[BaseSettings]) -> str:
    described = dict(descriptions(model))
    rows = [
        f"| `{_variable(name, field)}` | {_default(field)} | {described[name]} |"
        for name, field in model.model_fields.items()
    ]
    return "\n".join(["", "| variable | default | |", "|---|---|---|", *rows, ""])


def descriptions(model: type[BaseSettings]) -> Iterator[tuple[str, str]]:
    """Each field's name with the docstring below it. Raises: KeyError in who uses one that has none."""
    [body] = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    assert isinstance(body, ast.ClassDef)
    for field, below in zip(body.body, body.body[1:], strict=False):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name, " ".join(text.split()).replace("|", "\\|")


def _variable(name: str, field: FieldInfo) -> str:
    if isinstance(field.validation_alias, AliasChoices):
        return str(field.validation_alias.choices[0])
    return name.upper()


def _default(field: FieldInfo) -> str:
    value = field.default
    if value is None or value is PydanticUndefined or isinstance(value, SecretStr):
        return "unset"
    if isinstance(value, bool):
        return f"`{int(value)}`"
    return f"`{value.human_readable()}`" if isinstance(value, ByteSize) else f"`{value}`"
