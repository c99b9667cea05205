"""What the shapes of requests and answers have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class HttpModel(BaseModel):
    """A query, a body or an answer. Pydantic builds it when it is first used; a start would build them all in vain."""

    model_config = ConfigDict(defer_build=True)
