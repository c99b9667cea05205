"""A client that answers as some servers do and no server at hand does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

Answer = Callable[["FakeS3", dict[str, Any]], None]


def refusal(status: int, code: str) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "Operation")  # type: ignore[typeddict-item]


class FakeS3:
    """One bucket in memory; `on_put` is what the server does with a small object."""

    def __init__(self, on_put: Answer) -> None:
        self.objects: dict[str, dict[str, Any]] = {}
        self.conditions: list[str | None] = []
        self._on_put = on_put

    async def head_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        if Key not in self.objects:
            raise refusal(404, "404")
        return self.objects[Key]

    async def put_object(self, **request: Any) -> None:
        self.conditions.append(request.get("IfNoneMatch"))
        self._on_put(self, request)

    def store(self, request: dict[str, Any]) -> None:
        self.objects[request["Key"]] = {
            "ContentLength": len(request["Body"].read()),
            "LastModified": datetime(2024, 1, 1, tzinfo=UTC),
            "Metadata": request["Metadata"],
        }
