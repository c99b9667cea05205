"""What a measurement reports, as a table for people or JSON for machines."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

LIBRARIES: Final = (
    "aio-pika",
    "aiohttp",
    "isal",
    "motor",
    "numpy",
    "orjson",
    "pydantic",
    "pymongo",
    "uvloop",
)
"""Whose versions move the figures."""


@dataclass(frozen=True)
class Figure:
    """One measured value with its unit, and the goal that it is held against, if there is one."""

    work: str
    name: str
    value: float
    unit: str
    goal: str = ""


def machine() -> str:
    load = os.getloadavg()[0]
    return (
        f"{_processor()}, {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, "
        f"{platform.system()} {platform.release()}, load {load:.1f}"
    )


def versions() -> dict[str, str]:
    return {name: version(name) for name in LIBRARIES}


def show(figures: list[Figure], *, as_json: bool) -> None:
    if as_json:
        content = {
            "machine": machine(),
            "versions": versions(),
            "figures": [asdict(each) for each in figures],
        }
        print(json.dumps(content))
        return
    table = Table("work", "figure", title=f"Measured on {machine()}")
    table.add_column("value", justify="right")
    table.add_column("goal")
    for figure in figures:
        table.add_row(figure.work, figure.name, f"{_written(figure.value)} {figure.unit}", figure.goal)
    Console(width=120).print(table)


def _written(value: float) -> str:
    """Three digits that count, whatever the size."""
    decimals = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{decimals}f}"


def _processor() -> str:
    """The model's name, where Linux tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
