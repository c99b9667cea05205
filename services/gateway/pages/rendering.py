"""Templates into answers. Every page carries the same strict policy: nothing inline, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from libs.common.threads import in_thread
from services.gateway.accepts import HTML
from services.gateway.edge import edge_of
from services.gateway.pages import formats, jobs
from services.gateway.pages.assets import assets
from services.gateway.pages.reader import Reader

TEMPLATES: Final = Path(__file__).parent / "templates"
PAGE_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
}
"""Beside those that every answer of ours has (`headers`)."""
FILTERS: Final[tuple[Callable[..., object], ...]] = (
    formats.size,
    formats.duration,
    formats.number,
    formats.counted,
    formats.short,
    formats.moment,
    formats.pretty,
    jobs.title_of,
    jobs.stages_of,
    jobs.stage_of,
    jobs.share_of,
    jobs.amount_of,
    jobs.seconds_of,
    jobs.result_of,
)


@cache
def _environment() -> Environment:
    """Made for the first page, each template compiled when it is first drawn: together a fifth of a start."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update({function.__name__: function for function in FILTERS})
    made.globals["asset"] = assets().address
    return made


async def page(request: web.Request, template: str, *, status: int = 200, **context: object) -> web.Response:
    """A whole page in the common layout."""
    health = await edge_of(request).health.read()
    # In a thread: a large table, or a page that nobody saw before, takes longer than others may be kept waiting.
    return _answer(await in_thread(_render, request, template, health=health, **context), status)


def fragment(request: web.Request, template: str, **context: object) -> web.Response:
    """A part of a page, which a script puts in place of what it was."""
    return _answer(_render(request, template, **context), 200)


def render_alone(template: str, **context: object) -> str:
    """A template that needs nothing of the common layout, for answers with a policy of their own."""
    return _environment().get_template(template).render(**context)


def _render(request: web.Request, template: str, **context: object) -> str:
    base_url = edge_of(request).parts.settings.base_url
    return (
        _environment().get_template(template).render(reader=Reader.of(request), base_url=base_url, **context)
    )


def _answer(text: str, status: int) -> web.Response:
    return web.Response(text=text, status=status, content_type=HTML, headers=PAGE_HEADERS)
