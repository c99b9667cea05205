"""A row of `export_logs`, by the seed's names: one for each ZIP in storage."""

from __future__ import annotations

from datetime import datetime
from pathlib import PurePosixPath

from pydantic import BaseModel, ConfigDict, Field

from libs.common.events.exports import ExportKind


class ExportRow(BaseModel):
    """A ZIP in storage. `checksum` is its SHA-256, unique per slug and kind; `content_digest` covers what went in."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    id: str = Field(alias="_id")
    slug_id: str
    export_type: ExportKind
    user_email: str
    file_size: int
    """Bytes; 0 once the ZIP was removed for its age, until an equal export has built it again."""
    checksum: str
    content_digest: str
    b2_file_name: str
    """Key of the object, in B2 or in the local folder."""
    created_at: datetime

    @property
    def filename(self) -> str:
        return PurePosixPath(self.b2_file_name).name
