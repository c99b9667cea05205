"""What a caller gets where an experiment cannot be had: JSON for programs, a page for people."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from aiohttp import hdrs, web

from libs.common.errors import EntrepotError
from libs.common.jobs.model import Requester
from services.gateway import problems
from services.gateway.accepts import HTML, wants_page
from services.gateway.auth.access import DEVELOPER, has_role
from services.gateway.edge import edge_of
from services.gateway.pages.assets import assets
from services.gateway.pages.rendering import render_alone
from services.gateway.proxy.errors import ExperimentFailed, NotServing

_STYLE: Final = b"\n".join(
    assets().files[name].content for name in ("tokens.css", "base.css", "refused.css")
).decode()
_STYLE_HASH: Final = b64encode(sha256(_STYLE.encode()).digest()).decode("ascii")
_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True)
class Words:
    """What a page says: its one line, and what to do."""

    title: str
    advice: str


_WORDS: Final = {
    "experiment-starting": Words(
        "Starting…", "This page looks again by itself; most starts take a few seconds."
    ),
    "experiment-stopped": Words(
        "Stopped", "Somebody who operates this platform has to start it: POST /api/experiments/{slug}/start"
    ),
    "experiment-failed": Words(
        "It did not start", "Its developers can import a version that does, or roll back."
    ),
    "experiment-unreachable": Words(
        "It broke off", "It is started again by itself. Reload in a few seconds."
    ),
    "experiment-too-slow": Words("No answer", "It took too long. Reload, or try something smaller."),
    "experiment-not-found": Words(
        "No such experiment", "Check the address. Only active experiments are shown."
    ),
    "unauthenticated": Words("Sign in first", "This experiment is for people who are known here."),
    "invalid-token": Words("Sign in again", "Your token has expired or was revoked."),
    "forbidden": Words("Not for you", "Ask the experiment's developers to let you in."),
}


def refuse(request: web.Request, error: EntrepotError, caller: Requester | None) -> web.Response:
    """The answer to a request that did not get through."""
    retry = error.retry_seconds if isinstance(error, NotServing) else None
    lines = list(error.lines) if isinstance(error, ExperimentFailed) and _may_see(caller) else []
    if wants_page(request):
        answer = _page(request, error, retry=retry, lines=lines)
    else:
        details = error.as_problem_details() | ({"last_lines": lines} if lines else {})
        answer = problems.respond(details)
    if retry is not None:
        answer.headers[hdrs.RETRY_AFTER] = str(retry)
    if error.status == HTTPStatus.UNAUTHORIZED:
        answer.headers[hdrs.WWW_AUTHENTICATE] = problems.CHALLENGE
    return answer


def _may_see(caller: Requester | None) -> bool:
    return caller is not None and DEVELOPER.role is not None and has_role(caller, DEVELOPER.role)


def _page(request: web.Request, error: EntrepotError, *, retry: int | None, lines: list[str]) -> web.Response:
    words = _WORDS.get(error.code, Words(error.title(), ""))
    slug = request.match_info["slug"]
    body = render_alone(
        "refused.html",
        style=_STYLE,
        slug=slug,
        title=words.title,
        detail=error.detail,
        advice=words.advice.replace("{slug}", slug),
        lines=lines,
        sign_in=_sign_in(request) if error.status == HTTPStatus.UNAUTHORIZED else None,
        # Looking again sends a GET: right for whoever reads, wrong for whoever sent a form.
        refresh=retry if request.method == hdrs.METH_GET else None,
    )
    return web.Response(
        text=body, status=error.status, content_type=HTML, headers={"Content-Security-Policy": _POLICY}
    )


def _sign_in(request: web.Request) -> str:
    """The address of the form, which leads back here."""
    here = quote(request.rel_url.raw_path_qs, safe="")
    return f"{edge_of(request).parts.settings.base_url}/login?next={here}"
