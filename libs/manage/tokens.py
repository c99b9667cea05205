"""`tokens`: who may call the HTTP interface."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from libs.common.jobs.model import Role
from libs.common.tokens import LIFE, Token, TokenStore
from libs.manage.deeds import Deed
from libs.manage.session import with_database

app = typer.Typer(help="Bearer tokens for the HTTP interface.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="JSON for machines.")]


@app.command()
def create(
    email: Annotated[str, typer.Argument(help="Whose token it is; stands on jobs and exports.")],
    role: Annotated[
        Role, typer.Option(help="What it allows; each role includes those before it.")
    ] = Role.VIEWER,
    name: Annotated[str, typer.Option(help="What it is for.")] = "",
    days: Annotated[int, typer.Option(min=1, max=3650, help="Life in days.")] = LIFE.days,
    as_json: AsJson = False,
) -> None:
    """Make a token. Its text is shown this once.

    Example: ./manage.py tokens create ana@example.org --role developer --name laptop
    """
    issued = with_database(
        lambda database: TokenStore(database).create(
            email=email, role=role, name=name, life=timedelta(days=days)
        ),
        deed=Deed("tokens create", email),
    )
    if as_json:
        typer.echo(json.dumps(_public(issued.token) | {"token": issued.secret}))
        return
    typer.echo(f"Token {issued.token.id} for {email} ({role}), until {issued.token.expires_at:%Y-%m-%d}.")
    typer.echo("Keep it now; it is not shown again:")
    typer.echo(issued.secret)


@app.command("list")
def show(as_json: AsJson = False) -> None:
    """List all tokens, without their texts."""
    tokens = with_database(lambda database: TokenStore(database).all())
    if as_json:
        typer.echo(json.dumps([_public(token) for token in tokens]))
        return
    table = Table("id", "email", "role", "name", "expires", "state")
    for token in tokens:
        expires = f"{token.expires_at:%Y-%m-%d}"
        table.add_row(token.id, token.email, token.role, token.name, expires, _state(token))
    Console().print(
        table if tokens else "No tokens; make one with `manage.py tokens create EMAIL --role admin`."
    )


@app.command()
def revoke(token: Annotated[str, typer.Argument(help="Id of a token, as `list` shows it.")]) -> None:
    """Make a token worthless, within seconds."""
    deed = Deed("tokens revoke", token)
    revoked = with_database(lambda database: TokenStore(database).revoke(token), deed=deed)
    typer.echo(f"Token {revoked.id} of {revoked.email} is revoked.")


def _public(token: Token) -> dict[str, object]:
    return token.model_dump(mode="json", exclude={"digest"}) | {"state": _state(token)}


def _state(token: Token) -> str:
    if token.revoked_at is not None:
        return "revoked"
    return "valid" if token.is_valid(datetime.now(UTC)) else "expired"
