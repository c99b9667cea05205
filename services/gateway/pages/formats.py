"""How numbers and times are written for people; the exact value stands beside them in a `title`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from markupsafe import Markup

NOTHING: Final = "—"
_UNITS: Final = ("B", "KB", "MB", "GB", "TB")
_STEP: Final = 1024
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def size(count: int | None) -> str:
    """`4.4 MB`."""
    if count is None:
        return NOTHING
    amount, unit = float(count), 0
    while amount >= _STEP and unit < len(_UNITS) - 1:
        amount, unit = amount / _STEP, unit + 1
    return f"{count} B" if unit == 0 else f"{amount:.{0 if amount >= 100 else 1}f} {_UNITS[unit]}"  # noqa: PLR2004


def duration(seconds: float | None) -> str:
    """`850 ms`, `12 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds is None:
        return NOTHING
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{seconds:.1f} s" if seconds < 10 else f"{whole} s"  # noqa: PLR2004
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"


def number(count: int | None) -> str:
    """`12,403`."""
    return NOTHING if count is None else f"{count:,}"


def counted(count: int, one: str, many: str | None = None) -> str:
    """`1 file`, `3 files`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def short(digest: str | None) -> str:
    """Both ends of a digest, which is what people compare."""
    if digest is None:
        return NOTHING
    return digest if len(digest) <= 12 else f"{digest[:6]}…{digest[-4:]}"  # noqa: PLR2004


def amount(done: int, total: int | None, unit: str | None) -> str:
    """How far something is: `31.0 MB of 46.0 MB`, `3 of 12 tasks`, `40 %`."""
    if unit == "%":
        return f"{done} %"
    write = size if unit == "bytes" else number
    words = write(done) if total is None else f"{write(done)} of {write(total)}"
    return words if unit in (None, "bytes") else f"{words} {unit}"


def pretty(document: Mapping[str, Any]) -> str:
    """JSON to read."""
    return orjson.dumps(document, option=orjson.OPT_INDENT_2, default=str).decode()


def moment(time: datetime | None) -> Markup | str:
    """A time in UTC, which a script rewrites for the reader's zone and clock."""
    if time is None:
        return NOTHING
    utc = time.astimezone(UTC)
    markup = Markup('<time datetime="{exact}" title="{exact}">{text}</time>')
    return markup.format(exact=utc.isoformat(timespec="seconds"), text=f"{utc:%Y-%m-%d %H:%M} UTC")
