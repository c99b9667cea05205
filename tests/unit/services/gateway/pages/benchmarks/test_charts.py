from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from services.gateway.pages.benchmarks.charts import as_file, drawn
from services.gateway.pages.benchmarks.plots import Kind, Plot, Point, Series

HOSTILE = "<script>alert(1)</script>\"'&"


def plot(kind: Kind, *names: str, count: int = 1) -> Plot:
    series = tuple(
        Series(name, place, tuple(Point(x, 10.0 + place + x, f"{place} s") for x in range(count)))
        for place, name in enumerate(names)
    )
    return Plot("runtime", "Runtime", "Less is better", kind, "employees", "seconds", series)


EVERY_KIND = [
    plot(Kind.BARS, "GA", "SA"),
    plot(Kind.MONTHS, "GA", "SA", count=12),
    plot(Kind.LINES, "GA", "SA", count=3),
    plot(Kind.POINTS, "GA", count=5),
    plot(Kind.POINTS, "GA", count=1),
    plot(Kind.LINES, "GA", count=1),
]


def elements(svg: str) -> list[ET.Element]:
    return list(ET.fromstring(svg).iter())


def classes(svg: str) -> set[str]:
    return {name for element in elements(svg) for name in element.get("class", "").split()}


@pytest.mark.parametrize("each", EVERY_KIND, ids=lambda each: each.kind)
def test_a_drawing_holds_nothing_that_the_policy_forbids(each: Plot) -> None:
    found = elements(drawn(each))
    assert {element.tag.rpartition("}")[2] for element in found}.isdisjoint({"style", "script", "defs"})
    assert all("style" not in element.attrib and "id" not in element.attrib for element in found)


@pytest.mark.parametrize("each", EVERY_KIND, ids=lambda each: each.kind)
def test_every_series_has_the_colour_of_its_algorithm(each: Plot) -> None:
    assert classes(drawn(each)) >= {f"of-{series.colour}" for series in each.series}


def test_bars_say_name_and_value() -> None:
    texts = {element.text for element in elements(drawn(plot(Kind.BARS, "GA", "SA")))}
    assert texts >= {"GA", "SA", "0 s", "1 s"}


def test_bars_of_nothing_but_zeros_can_be_drawn() -> None:
    series = (Series("GA", 0, (Point(0, 0.0, "0"),)),)
    assert "GA" in drawn(Plot("violations", "Violations", "", Kind.BARS, "", "Violations", series))


def test_who_cannot_see_it_hears_it() -> None:
    root = ET.fromstring(drawn(plot(Kind.BARS, "GA", "SA")))
    assert (root.get("role"), root.get("aria-label")) == ("img", "Runtime: GA 0 s, SA 1 s")
    lines = ET.fromstring(drawn(plot(Kind.LINES, "GA", count=2)))
    assert lines.get("aria-label") == "Runtime, seconds of GA"


@pytest.mark.parametrize("kind", list(Kind))
def test_hostile_names_stay_text(kind: Kind) -> None:
    svg = drawn(plot(kind, HOSTILE, count=1 if kind is Kind.BARS else 12))
    assert "<script" not in svg
    assert len(elements(svg)) > 10


def test_a_file_is_complete_in_itself() -> None:
    svg = as_file(plot(Kind.BARS, "GA"))
    (style,) = (element.text or "" for element in elements(svg) if element.tag.endswith("style"))
    assert "var(--ink)" not in style
    assert "#3451b2" in style
    assert "ground" in classes(svg)
