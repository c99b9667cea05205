"""A clock of a process's own, which a test can make jump; the machine's clock is never touched."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.servers.binaries import ServerMissing
from tests.servers.debian_packages import unpacked

PACKAGE = "libfaketime"
LIBRARY = "faketime/libfaketime.so.1"


@dataclass(frozen=True)
class Clock:
    """Processes with its `environment` see the wall clock moved by what `file` says; their monotonic clock runs on."""

    file: Path

    def jump(self, offset: str) -> None:
        """To `+3h`, `-2d` or `+0` of the true time."""
        self.file.write_text(f"{offset}\n", encoding="ascii")

    def environment(self) -> dict[str, object]:
        return {
            "LD_PRELOAD": find_library(),
            "FAKETIME_TIMESTAMP_FILE": self.file,
            "FAKETIME_CACHE_DURATION": 1,  # seconds after which the file is read again
            "FAKETIME_DONT_FAKE_MONOTONIC": 1,
            "DONT_FAKE_MONOTONIC": 1,  # its name in older releases
        }


def find_library() -> Path:
    """Installed, or else unpacked into the cache. Raises: ServerMissing."""
    pattern = f"*-linux-gnu/{LIBRARY}"
    installed = next(Path("/usr/lib").glob(pattern), None)
    found = installed or next((unpacked(PACKAGE) / "usr/lib").glob(pattern), None)
    if found is None:
        raise ServerMissing(f"{PACKAGE} holds no {LIBRARY}")
    return found
