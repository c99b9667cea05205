"""Unset means embedded, set means real, and half set is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from libs.common.errors import Misconfigured
from libs.common.limits import Limits
from libs.common.settings import Settings
from tests.conftest import MakeSettings

B2 = {
    "b2_endpoint_url": "https://s3.example.org",
    "b2_bucket_name": "bucket",
    "b2_access_key_id": "key-id",
    "b2_secret_access_key": "very-secret",
}


def test_nothing_set_is_embedded(make_settings: MakeSettings) -> None:
    settings = make_settings()

    assert settings.is_embedded
    assert settings.binds_loopback
    assert not settings.uses_b2
    assert settings.exports_dir.name == "temp_exports"


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AMQP_URL", "amqp://user:secret@broker/")
    monkeypatch.setenv("ENTREPOT_HOME", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("PORT", "9000")

    settings = Settings()

    assert not settings.is_embedded
    assert settings.home == tmp_path / "elsewhere"
    assert settings.base_url == "http://127.0.0.1:9000"


def test_an_empty_variable_is_unset(make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONGO_URI", "")

    assert make_settings().mongo_uri is None


def test_secrets_never_show(make_settings: MakeSettings) -> None:
    settings = make_settings(amqp_url="amqp://u:very-secret@b/", mongo_uri="mongodb://u:very-secret@m/", **B2)

    assert "very-secret" not in repr(settings)
    assert "very-secret" not in settings.model_dump_json()


def test_half_configured_storage_is_refused_with_the_rest_named(make_settings: MakeSettings) -> None:
    with pytest.raises(ValidationError, match="B2_BUCKET_NAME, B2_ACCESS_KEY_ID, B2_SECRET_ACCESS_KEY"):
        make_settings(b2_endpoint_url="https://s3.example.org")


def test_a_real_broker_needs_shared_storage(make_settings: MakeSettings, tmp_path: Path) -> None:
    broker = "amqp://broker/"

    with pytest.raises(Misconfigured, match="SHARED_STORAGE_DIR"):
        make_settings(amqp_url=broker).require_shared_storage()
    make_settings(amqp_url=broker, shared_storage_dir=tmp_path).require_shared_storage()
    make_settings(amqp_url=broker, **B2).require_shared_storage()
    make_settings().require_shared_storage()


def test_ipv6_hosts_stand_in_brackets(make_settings: MakeSettings) -> None:
    assert make_settings(host="::1").base_url == "http://[::1]:8080"
    assert make_settings(public_url="https://port.example.org/").base_url == "https://port.example.org"


def test_limits_are_settable_and_sane(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPORT_DOCUMENT_LIMIT", "7")
    monkeypatch.setenv("UPLOAD_PACKED_LIMIT", "3MiB")

    limits = Limits()

    assert (limits.export_document_limit, limits.upload_packed_limit) == (7, 3 * 2**20)
    with pytest.raises(ValidationError):
        Limits(job_attempts=0)


def test_no_error_shows_a_secret(make_settings: MakeSettings) -> None:
    with pytest.raises(ValidationError) as refusal:
        make_settings(b2_bucket_name="bucket", b2_secret_access_key="a-planted-secret")
    assert "half configured" in str(refusal.value)
    assert "a-planted-secret" not in str(refusal.value)
