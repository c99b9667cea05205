"""Click counter: a page with buttons, a form post for each click, and the counts as JSON."""

import secrets
from pathlib import Path

import ray
from fastapi import APIRouter, Cookie, Form, HTTPException, Query, Request
from fastapi.responses import RedirectResponse
from fastapi.templating import Jinja2Templates

from .actor import ExperimentActor

__all__ = ["ExperimentActor", "bp"]

bp = APIRouter()
templates = Jinja2Templates(directory=str(Path(__file__).parent / "templates"))

VISITOR = "click_visitor"
YEAR_IN_SECONDS = 365 * 24 * 3600


def counter(request: Request):
    if not request.app.state.ray_is_available:
        raise HTTPException(503, "The counter is resting; try again in a moment.")
    return ray.get_actor(f"{request.state.slug_id}-actor", namespace="modular_labs")


@bp.get("/")
async def index(request: Request, click_visitor: str | None = Cookie(None)):
    actor = counter(request)
    page = templates.TemplateResponse(
        "index.html",
        {
            "request": request,
            "slug": request.state.slug_id,
            "counts": await actor.counts.remote(),
            "recent": await actor.recent.remote(8),
        },
    )
    if click_visitor is None:
        page.set_cookie(VISITOR, secrets.token_hex(4), max_age=YEAR_IN_SECONDS, httponly=True, samesite="lax")
    return page


@bp.post("/press")
async def press(request: Request, button: str = Form(...), click_visitor: str | None = Cookie(None)):
    if not await counter(request).press.remote(button, click_visitor):
        raise HTTPException(404, f"There is no button {button!r}.")
    return RedirectResponse(f"/experiments/{request.state.slug_id}/", status_code=303)


@bp.get("/api/data")
async def data(request: Request, limit: int = Query(100, ge=1, le=1000)):
    actor = counter(request)
    return {"counts": await actor.counts.remote(), "recent": await actor.recent.remote(limit)}
