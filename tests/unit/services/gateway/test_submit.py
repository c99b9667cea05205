"""What an Idempotency-Key is bound to."""

from __future__ import annotations

from libs.common.events.exports import ExportKind, ExportRequest
from libs.common.events.imports import ImportRequest
from services.gateway.submit import Order


def export(slug: str = "click", kind: ExportKind = ExportKind.DOCKER) -> Order:
    return Order.of("export.request", slug, ExportRequest(slug=slug, kind=kind))


def upload(key: str, sha256: str, note: str | None = None) -> Order:
    command = ImportRequest(upload_key=key, upload_name="x.zip", note=note)
    return Order.of("import.request", None, command, identity={"upload_key": sha256})


def test_equal_requests_are_equal() -> None:
    assert export().digest() == export().digest()


def test_other_requests_are_not() -> None:
    others = [export("clock"), export(kind=ExportKind.STANDALONE), upload("k", "s")]

    assert len({order.digest() for order in [export(), *others]}) == 4


def test_the_same_file_stored_twice_is_the_same_request() -> None:
    assert upload("uploads/1.zip", "s").digest() == upload("uploads/2.zip", "s").digest()
    assert upload("uploads/1.zip", "s").digest() != upload("uploads/1.zip", "t").digest()
    assert upload("uploads/1.zip", "s").digest() != upload("uploads/1.zip", "s", note="n").digest()


def test_the_command_names_the_stored_file_all_the_same() -> None:
    assert upload("uploads/1.zip", "s").input["upload_key"] == "uploads/1.zip"
