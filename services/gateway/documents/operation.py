"""What a document says of a route beyond what the route itself tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel

JSON: Final = "application/json"


@dataclass(frozen=True)
class Media:
    """An answer that is no JSON of a model."""

    content_types: tuple[str, ...]
    description: str


@dataclass(frozen=True)
class Operation:
    """`answer` is that of success; every problem has the same form, so none is listed."""

    summary: str
    answer: type[BaseModel] | Media | None
    status: int = 200
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    form: type[BaseModel] | None = None
    """Fields beside a file, of `multipart/form-data`."""
    is_job: bool = False
    """It takes `Prefer` and `Idempotency-Key`, and may answer 202."""
    may_take_time: bool = False
    """202 with the same answer where it is not done at once."""
    is_download: bool = False
    """It may answer 303 to the file itself."""
    resumes: bool = False
    """It takes `Last-Event-ID`."""
