"""What a measurement reports, as a table for people or JSON for machines."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """One measured value with its unit, and the goal that it is held against, if there is one."""

    work: str
    name: str
    value: float
    unit: str
    goal: str = ""


def machine() -> str:
    return (
        f"{platform.machine()}, Python {platform.python_version()}, {platform.system()} {platform.release()}"
    )


def show(figures: list[Figure], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"machine": machine(), "figures": [asdict(figure) for figure in figures]}))
        return
    table = Table("work", "figure", title=f"Measured on {machine()}")
    table.add_column("value", justify="right")
    table.add_column("goal")
    for figure in figures:
        table.add_row(figure.work, figure.name, f"{figure.value:,.1f} {figure.unit}", figure.goal)
    Console(width=120).print(table)
