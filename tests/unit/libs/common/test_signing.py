"""Signatures of exports: made here, checked here and by another program, and refused for every change."""

from __future__ import annotations

import subprocess
from base64 import b64decode, b64encode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import ValidationError

from libs.common.settings import Settings
from libs.common.signature import ExportSignature
from libs.common.signing import NotGenuine, Signer, check_signature, sha256_of

SECRET = b64encode(bytes(range(32))).decode()
OTHER = b64encode(bytes(range(1, 33))).decode()
SHA256 = "ab" * 32


@pytest.fixture
def signed() -> ExportSignature:
    return Signer.of(SECRET).sign(SHA256)


def test_what_was_signed_is_genuine(signed: ExportSignature) -> None:
    check_signature(signed, SHA256, Signer.of(SECRET).public_key)
    check_signature(ExportSignature.model_validate_json(signed.model_dump_json()), SHA256, signed.public_key)


def test_the_public_key_follows_from_the_secret_one() -> None:
    """RFC 8032, 7.1, test 1."""
    secret = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    assert b64decode(Signer.of(b64encode(secret).decode()).public_key) == public


def test_another_zip(signed: ExportSignature) -> None:
    with pytest.raises(NotGenuine, match="SHA-256"):
        check_signature(signed, "cd" * 32, signed.public_key)


def test_another_signer(signed: ExportSignature) -> None:
    forged = Signer.of(OTHER).sign(SHA256)
    with pytest.raises(NotGenuine, match="Another key"):
        check_signature(forged, SHA256, signed.public_key)


@pytest.mark.parametrize(
    "change",
    [
        {"signature": b64encode(bytes(64)).decode()},
        {"signature": "not base64"},
        {"signature": ""},
        {"sha256": "cd" * 32},
    ],
)
def test_a_forged_signature(signed: ExportSignature, change: dict[str, str]) -> None:
    forged = signed.model_copy(update=change)
    with pytest.raises(NotGenuine):
        check_signature(forged, forged.sha256, signed.public_key)


def test_a_key_that_is_none(signed: ExportSignature) -> None:
    forged = signed.model_copy(update={"public_key": "AAAA"})
    with pytest.raises(NotGenuine):
        check_signature(forged, SHA256, "AAAA")


def test_openssl_agrees(signed: ExportSignature, tmp_path: Path) -> None:
    key = Ed25519PublicKey.from_public_bytes(b64decode(signed.public_key))
    (tmp_path / "key.pem").write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    (tmp_path / "line").write_bytes(f"entrepot-export-1 sha256:{SHA256}".encode())
    (tmp_path / "signature").write_bytes(b64decode(signed.signature))
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin", "-in", "line"]
    done = subprocess.run([*command, "-sigfile", "signature"], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_digest_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"")
    assert sha256_of(path) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("key", ["short", b64encode(bytes(range(31))).decode(), "*" * 44])
def test_a_setting_that_is_no_key_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        Settings.model_validate({"export_signing_key": key})
    assert "export_signing_key" in str(refusal.value)
    assert key not in str(refusal.value)
