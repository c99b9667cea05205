"""What goes wrong with storage beyond what the port names."""

from __future__ import annotations

from libs.common.errors import Unavailable


class StorageUnavailable(Unavailable):
    """The storage cannot be used just now."""

    code = "storage-unavailable"
