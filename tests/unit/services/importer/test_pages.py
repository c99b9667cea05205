from __future__ import annotations

import pytest

from services.importer.pages import missing_templates, relative_static_paths, templates_in_page


@pytest.mark.parametrize(
    "line",
    [
        '<link href="static/a.css">',
        "<img src='static/a.png'>",
        "<img SRC = ./static/a.png>",
        '<img srcset="static/a.png 2x">',
        '<video poster="static/a.png">',
        "<style>b{background:url('static/a.png')}</style>",
        "background: url( static/a.png )",
    ],
)
def test_relative_paths_are_found_with_their_line(line: str) -> None:
    (problem,) = relative_static_paths("click", "templates/a.html", f"<html>\n{line}\n".encode())

    assert (problem.code, problem.path, problem.line) == ("relative-static-path", "templates/a.html", 2)
    assert "/experiments/click/static/" in (problem.remedy or "")


@pytest.mark.parametrize(
    "line",
    [
        '<link href="/experiments/click/static/a.css">',
        '<img src="{{ base }}/static/a.png">',
        '<img data-src="static/a.png">',
        '<img src="https://host/static/a.png">',
        '<a href="statics/a">',
        "static/a.css",
    ],
)
def test_other_paths_are_left_alone(line: str) -> None:
    assert not list(relative_static_paths("click", "a.html", line.encode()))


def test_templates_named_by_other_templates() -> None:
    page = b"""{% extends "base.html" %}
{%- include 'parts/nav.html' -%} {% include name %}
{% import "macros.html" as m %}"""

    assert list(templates_in_page("a.html", page)) == [
        ("a.html", 1, "base.html"),
        ("a.html", 2, "parts/nav.html"),
    ]


def test_templates_may_lie_in_any_folder() -> None:
    present = frozenset({"templates/a.html", "pages/deep/b.html"})
    named = [
        ("x.py", 1, "a.html"),
        ("x.py", 2, "deep/b.html"),
        ("x.py", 3, "eep/b.html"),
        ("x.py", 4, "c.html"),
    ]

    assert [problem.line for problem in missing_templates(present, iter(named))] == [3, 4]


def test_hostile_pages_take_no_quadratic_time() -> None:
    page = b'src="' * 200_000 + b"\n" * 200_000

    assert not list(relative_static_paths("click", "a.html", page))
    assert not list(templates_in_page("a.html", b"{% include " * 50_000))
