"""Differences of two texts, by the program `diff`.

Python's own difflib takes minutes for some files of a few hundred KiB, and cannot be stopped; a process can.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Final

from libs.common.errors import Misconfigured

DIFF_SECONDS: Final = 10.0
"""`diff` takes milliseconds for what people write."""
TROUBLE: Final = 2
"""Its exit status where it could not compare; 0 and 1 say whether there are differences."""


def is_text(content: bytes) -> bool:
    """UTF-8 without NUL: what can be shown as lines."""
    if b"\0" in content:
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


async def unified_diff(path: str, old: Path | None, new: Path | None) -> str | None:
    """The difference of one file in two folders, None for one that has no such file; None if it takes too long.

    Raises: Misconfigured, where there is no program `diff`.
    """
    sides = [("a", old), ("b", new)]
    labels = [f"--label={side}/{path}" if root else "--label=/dev/null" for side, root in sides]
    files = [str(root / path) if root else os.devnull for _, root in sides]
    try:
        process = await asyncio.create_subprocess_exec(
            *("diff", "--unified", *labels, "--", *files),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
        )
    except FileNotFoundError as error:
        raise Misconfigured("The program `diff` is missing; install diffutils.") from error
    try:
        async with asyncio.timeout(DIFF_SECONDS):
            output, _ = await process.communicate()
    except TimeoutError:
        return None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return None if process.returncode == TROUBLE else output.decode("utf-8", "replace")
