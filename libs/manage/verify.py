"""`verify`: whether an export is what the platform made, offline."""

from __future__ import annotations

import json
from enum import IntEnum
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from libs.common.settings import Settings
from libs.common.signature import ExportSignature
from libs.common.signing import NotGenuine, Signer, check_signature, sha256_of


class Verdict(IntEnum):
    """The exit status."""

    GENUINE = 0
    NOT_GENUINE = 1
    UNREADABLE = 2
    UNKNOWN_KEY = 3


def verify(
    archive: Annotated[Path, typer.Argument(metavar="ZIP", help="The export.")],
    signature: Annotated[
        Path | None, typer.Option(help="Its signature; else the file ZIP.sig beside it.")
    ] = None,
    public_key: Annotated[
        str | None,
        typer.Option(help="The platform's public key in base64; else that of EXPORT_SIGNING_KEY."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON for machines.")] = False,
) -> None:
    """Check an export against its signature: the same bytes, and signed by the platform's key.

    Exit status: 0 genuine, 1 not, 2 a file is missing or cannot be read, 3 whole, but no key is known to check against.

    Example: ./manage.py verify click.zip --public-key "$(curl -s $ENTREPOT/api/signing-key | jq -r .public_key)"
    """
    verdict, detail = judge(archive, signature or archive.with_name(f"{archive.name}.sig"), public_key)
    if as_json:
        typer.echo(json.dumps({"verdict": verdict.name.lower(), "detail": detail}))
    else:
        typer.echo(detail, err=verdict is not Verdict.GENUINE)
    raise typer.Exit(verdict)


def judge(archive: Path, signature: Path, public_key: str | None) -> tuple[Verdict, str]:
    """The verdict, and why."""
    try:
        signed = ExportSignature.model_validate_json(signature.read_bytes())
        sha256 = sha256_of(archive)
    except OSError as error:
        return Verdict.UNREADABLE, f"{error.filename}: {error.strerror}"
    except ValidationError:
        return Verdict.UNREADABLE, f"{signature} is no signature of an export."
    known = public_key or _own_key()
    try:
        check_signature(signed, sha256, known or signed.public_key)
    except NotGenuine as error:
        return Verdict.NOT_GENUINE, error.detail
    if known is None:
        detail = f"{archive} is what {signed.public_key} signed; whose key that is, --public-key may say."
        return Verdict.UNKNOWN_KEY, detail
    return Verdict.GENUINE, f"{archive} is genuine."


def _own_key() -> str | None:
    secret = Settings().export_signing_key
    return Signer.of(secret.get_secret_value()).public_key if secret else None
