"""Files, by links that carry their own permission: our token is never sent to where they lead."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Final

import httpx

from entrepot_client.errors import DownloadDamaged, Unreachable
from entrepot_client.jobs import Tell
from entrepot_client.models.jobs import Progress
from entrepot_client.transport import TIMEOUT, USER_AGENT

CHUNK_BYTES: Final = 256 * 1024


class Downloads:
    """`wire` stands in for the network."""

    def __init__(self, *, wire: httpx.AsyncBaseTransport | None = None) -> None:
        self._wire = wire

    async def fetch(
        self, url: str, path: Path, *, checksum: str, size: int, tell: Tell | None = None
    ) -> Path:
        """Store it at `path`, whole and checked, or not at all.

        Raises: DownloadDamaged, Unreachable, OSError.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            found = await self._store(url, partial, size, tell)
            if found != checksum:
                raise DownloadDamaged(f"{path.name} has the SHA-256 {found}, not {checksum}.")
            partial.replace(path)
        except httpx.HTTPError as error:
            raise Unreachable(
                f"The download of {path.name} failed: {error or type(error).__name__}."
            ) from error
        finally:
            partial.unlink(missing_ok=True)
        return path

    async def _store(self, url: str, partial: Path, size: int, tell: Tell | None) -> str:
        """The SHA-256 of what was stored."""
        digest, done = hashlib.sha256(), 0
        async with (
            httpx.AsyncClient(
                timeout=TIMEOUT,
                headers={"User-Agent": USER_AGENT},
                transport=self._wire,
                follow_redirects=True,
            ) as http,
            http.stream("GET", url) as response,
        ):
            response.raise_for_status()
            with partial.open("wb") as file:
                async for chunk in response.aiter_bytes(CHUNK_BYTES):
                    file.write(chunk)
                    digest.update(chunk)
                    done += len(chunk)
                    if tell is not None:
                        tell(Progress(stage="downloading", done=done, total=size, unit="bytes"))
        return digest.hexdigest()


def place_of(folder: Path, filename: str) -> Path:
    """Within the folder, whatever the name holds."""
    name = Path(filename).name
    return folder / (name if name not in ("", "..") else "download.zip")
