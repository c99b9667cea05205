"""Plots drawn as SVG by pygal.

Within a page the style sheet `chart.css` colours them, so that they follow the theme and the strict policy, which
forbids styles and scripts of their own; a file for download carries the same style sheet with the light colours.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import chain
from typing import Any, Final
from xml.etree import ElementTree as ET

from services.gateway.pages.assets import assets
from services.gateway.pages.benchmarks.library import XY, HorizontalBar, Line, Style
from services.gateway.pages.benchmarks.plots import MONTHS, Kind, Plot, Series

WIDTH: Final = 520
"""In units of the drawing; text of 13 stays readable where a narrow screen shrinks it to 360 pixels."""
BAR_HEIGHT: Final = 34
HEIGHT: Final = 300
LABEL_ROOM: Final = 26
"""Characters of a label before it is cut."""
KEPT_CHARTS: Final = 256
"""Drawings that are remembered, about 10 KB each; drawing one takes some 20 ms."""
SVG: Final = "http://www.w3.org/2000/svg"
NOT_DRAWN: Final = {"defs", "desc"}
"""Styles, scripts, and data for tooltips that need them."""
TEXT: Final = Style(
    label_font_size=13, major_label_font_size=13, value_font_size=13, title_font_size=13, background="none"
)
COMMON: Final[dict[str, Any]] = {
    "style": TEXT,
    "js": [],
    "no_prefix": True,
    "show_legend": False,
    "disable_xml_declaration": True,
    "width": WIDTH,
    "margin": 4,
    "truncate_label": LABEL_ROOM,
    "max_scale": 8,
    "no_data_text": "",
}
_LIGHT: Final = re.compile(r"--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}),")
_VARIABLE: Final = re.compile(r"var\(--([a-z0-9-]+)\)")


@lru_cache(maxsize=KEPT_CHARTS)
def drawn(plot: Plot) -> str:
    """An `<svg>` element to stand in a page."""
    match plot.kind:
        case Kind.BARS:
            chart = _bars(plot)
        case Kind.MONTHS:
            chart = _months(plot)
        case _:
            chart = _points(plot)
    return _serialised(chart, plot)


def as_file(plot: Plot) -> str:
    """The same, complete in itself."""
    start, _, rest = drawn(plot).partition(">")
    ground = f'<style>{_light_style()}</style><rect class="ground" width="100%" height="100%"/>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{start} width="{2 * WIDTH}">{ground}{rest}\n'


def _bars(plot: Plot) -> Any:
    """One bar per algorithm, from zero, each with its name and its value."""
    series = list(reversed(plot.series))
    longest = max((each.points[0].y for each in series), default=0)
    chart = HorizontalBar(
        **COMMON,
        height=BAR_HEIGHT * len(series) + 8,
        print_values=True,
        print_values_position="top",
        show_x_labels=False,
        range=(0, longest * 1.2 or 1),
        spacing=4,
    )
    chart.x_labels = [each.name for each in series]
    chart.add("", [_value(each, each.points[0].y, each.points[0].label, "bar") for each in series])
    return chart


def _months(plot: Plot) -> Any:
    chart = Line(**COMMON, height=HEIGHT, dots_size=2.5, include_x_axis=True, value_formatter=_plain)
    chart.x_labels = MONTHS
    for each in plot.series:
        chart.add(
            each.name, [_value(each, point.y, f"{each.name}: {point.label}", "dot") for point in each.points]
        )
    return chart


def _points(plot: Plot) -> Any:
    """Lines begin at zero, since their slope is what they tell; scattered points are seen best from near."""
    is_line = plot.kind is Kind.LINES
    farthest = max((point.x for each in plot.series for point in each.points), default=0)
    chart = XY(
        **COMMON,
        height=HEIGHT,
        dots_size=4,
        stroke=is_line,
        include_x_axis=is_line,
        x_title=plot.x,
        y_title=plot.y,
        value_formatter=_plain,
        x_value_formatter=_plain,
        xrange=(0, farthest * 1.05 or 1) if is_line else None,
    )
    for each in plot.series:
        chart.add(
            each.name,
            [
                _value(
                    each, (point.x, point.y), f"{each.name}, {_plain(point.x)} {plot.x}: {point.label}", "dot"
                )
                for point in each.points
            ],
        )
    return chart


def _value(series: Series, value: float | tuple[float, float], label: str, shape: str) -> dict[str, Any]:
    return {
        "value": value,
        "formatter": lambda _: label,
        "tooltip": label,
        "node": {"class": f"{shape} of-{series.colour}"},
    }


def _plain(value: float) -> str:
    """A number on an axis."""
    return f"{value:,.0f}" if abs(value) >= 10 or value == round(value) else f"{value:.2g}"  # noqa: PLR2004


def _serialised(chart: Any, plot: Plot) -> str:
    """Without what a page may not hold or does not need, and with names for who cannot see it."""
    root: ET.Element = chart.render_tree()
    for parent in list(root.iter()):
        for child in list(parent):
            if _is_needless(child):
                parent.remove(child)
        parent.attrib.pop("style", None)
        if parent is not root:
            parent.attrib.pop("id", None)
    _colour_lines(root, plot)
    root.remove(root[0])  # pygal's title, which would be the tooltip of everything
    drawing = {"xmlns": SVG, "viewBox": root.get("viewBox", ""), "class": "chart", "role": "img"}
    root.attrib.clear()
    root.attrib.update(drawing | {"aria-label": _spoken(plot)})
    return ET.tostring(root, encoding="unicode")


def _is_needless(element: ET.Element) -> bool:
    """Comments, too; their tag is a function."""
    if not isinstance(element.tag, str):
        return True
    return element.tag.rpartition("}")[2] in NOT_DRAWN or "tooltip-overlay" in element.get("class", "")


def _colour_lines(root: ET.Element, plot: Plot) -> None:
    """pygal numbers series; a line gets the colour of its algorithm instead."""
    for element in root.iter("path"):
        element.set("class", element.get("class", "").replace(" reactive", ""))
    for index, series in enumerate(plot.series):
        for group in root.iter("g"):
            if group.get("class", "").startswith(f"series serie-{index} "):
                group.set("class", f"series of-{series.colour}")


def _spoken(plot: Plot) -> str:
    """What bars say can be said in a sentence; of lines there is the data."""
    if plot.kind is not Kind.BARS:
        return f"{plot.title}, {plot.y} of {', '.join(series.name for series in plot.series)}"
    return f"{plot.title}: " + ", ".join(f"{each.name} {each.points[0].label}" for each in plot.series)


@cache
def _light_style() -> str:
    files = assets().files
    light = dict(
        chain.from_iterable(
            _LIGHT.findall(files[name].content.decode()) for name in ("tokens.css", "chart.css")
        )
    )
    return _VARIABLE.sub(lambda found: light.get(found[1], "inherit"), files["chart.css"].content.decode())
