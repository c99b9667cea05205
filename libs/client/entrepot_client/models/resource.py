"""What all answers have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Resource(BaseModel):
    """Members that this version does not know are kept: a newer platform's answer is shown whole."""

    model_config = ConfigDict(frozen=True, extra="allow")
