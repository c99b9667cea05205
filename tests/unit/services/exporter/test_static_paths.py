"""Static paths in templates: what is rewritten, what is left, and nothing else is touched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.exporter.static_paths import is_template, rewrite_static_paths

BASE = "/experiments/my-exp/"


def rewritten(text: str) -> str:
    return rewrite_static_paths(text.encode(), "my-exp").decode()


@pytest.mark.parametrize(
    "template",
    [
        '<img src="@static/a.png">',
        "<img src='@static/a.png'>",
        "<img src=@static/a.png>",
        '<IMG SRC = "@static/a.png"/>',
        '<a href="@static/x.pdf">x</a>',
        '<video poster=" @static/p.png"></video>',
        '<img srcset="@static/a.png 1x, @static/b.png 2x,@static/c.png 3x">',
        '<img srcset="@static/a.png, @static/b.png 2x">',
        '<img srcset="data:image/png;base64,static/ 1x,  {{ x }} 2x, @static/{{ y }} 3x">',
        '<div style="background: url(@static/a.png)">',
        "<div style=\"background: url('@static/a.png')\">",
        "<div style='background: url(\"@static/a.png\")'>",
        '<div style="background: url(&quot;@static/a.png&quot;), url( @static/b.png )">',
        "<style>a { b: url(@static/1.png) } c { d: URL( '@static/2.png' ), url(\"@static/3.png\") }</style>",
        '<style media="{{ m }}">@font-face { src: url(@static/f.woff2) format("woff2") }</style>'.replace(
            "@f", "\ue002f"
        ),
        '{% raw %}<img src="@static/{{ a }}.png">{% endraw %}',
        '<img {% if a > b and "\\"" %}class="x"{% endif %} src="@static/a.png">',
        '<img alt="a > b" src="@static/a.png">',
        '{% block title %}<title>src="static/x"</title>{% endblock %}<img src="@static/a.png">',
        "<img\r\n  src='@static/a.png'\r\n>\r\n",
    ],
)
def test_relative_paths_become_absolute(template: str) -> None:
    template, wanted = template.replace("@static", "static"), template.replace("@static", f"{BASE}static")
    assert rewritten(template) == wanted


@pytest.mark.parametrize(
    "template",
    [
        '<img src="/static/a.png">',
        '<img src="//cdn.example.com/static/a.png">',
        '<img src="https://example.com/static/a.png">',
        '<img src="{{ base }}static/a.png">',
        "<img src=\"{{ url_for('static', path='static/a.png') }}\">",
        '<img src="{% if a %}static/a.png{% endif %}">',
        '<img data-src="static/a.png" data-srcset="static/a.png 2x" alt="static/a.png">',
        '<img src="statics/a.png"><img src="xstatic/a.png"><img src="../static/a.png">',
        '<!-- <img src="static/a.png"> -->',
        '{# <img src="static/a.png"> #}',
        """<script>const image = '<img src="static/a.png">'; load("static/a.png");</script>""",
        '<textarea><img src="static/a.png"></textarea>',
        '<style>/* url(static/a.png) */ a { content: "url(static/a.png)"; b: url(data:x,static/a) }</style>',
        '<p>static/a.png and src="static/a.png"</p>',
        "<div style=\"content: 'url(static/a.png)'\">",
        '</a href="static/a.png">',
        "",
        "<",
        "<img src=",
        '<img src="static/a.png',
    ],
)
def test_everything_else_is_left_alone(template: str) -> None:
    assert rewritten(template) == template


def test_a_dot_before_the_path_goes() -> None:
    assert rewritten('<img src="./static/a.png">') == f'<img src="{BASE}static/a.png">'


@pytest.mark.parametrize("start", ["{% broken ", "{{ broken ", "{# broken ", "{% raw %}", "{{ ! }}"])
def test_what_is_no_template_of_jinja_is_html_all_the_same(start: str) -> None:
    assert rewritten(f'{start}<img src="static/a.png">') == f'{start}<img src="{BASE}static/a.png">'


def test_bytes_that_are_no_utf_8_are_kept() -> None:
    content = b'\xff\xfe<img src="static/\xe9.png">\x00'
    assert rewrite_static_paths(content, "my-exp") == content.replace(b"static/", f"{BASE}static/".encode())


PIECES = st.sampled_from(
    [
        *(
            "<img ",
            "src=",
            "srcset=",
            "style=",
            '"',
            "'",
            "static/a.png",
            " ",
            ",",
            ">",
            "<style>",
            "</style>",
        ),
        *(
            "url(",
            ")",
            "{{",
            "}}",
            "{%",
            "%}",
            "{#",
            "#}",
            "<!--",
            "-->",
            "<script>",
            "</script>",
            "/*",
            "*/",
            "\r\n",
            "./",
        ),
    ]
)


@given(st.lists(PIECES, max_size=30).map("".join))
def test_only_insertions_and_only_once(template: str) -> None:
    once = rewritten(template)
    assert rewritten(once) == once
    assert once.replace(BASE, "").replace("./", "") == template.replace("./", "")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("templates/index.html", True),
        ("index.HTM", True),
        ("templates/mail/body.html.j2", True),
        ("templates/part.jinja2", True),
        ("static/demo.html", False),
        ("static.html", True),
        ("actor.py", False),
        ("templates/app.js", False),
    ],
)
def test_templates_are_html_outside_static(path: str, expected: bool) -> None:
    assert is_template(path) is expected
