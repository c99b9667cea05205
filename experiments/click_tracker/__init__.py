"""Click tracker: the click counter's days as a chart, and goals."""

from datetime import date

import ray
from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from .actor import ExperimentActor

__all__ = ["ExperimentActor", "bp"]

bp = APIRouter(tags=["click_tracker"])


class Goal(BaseModel):
    target: int = Field(gt=0)
    until: date


def tracker(request: Request):
    if not request.app.state.ray_is_available:
        raise HTTPException(503, "The tracker is resting; try again in a moment.")
    return ray.get_actor("click_tracker-actor", namespace="modular_labs")


@bp.get("/", response_class=HTMLResponse)
async def index(request: Request):
    return HTMLResponse(await tracker(request).page.remote())


@bp.put("/goals/{name}", status_code=204)
async def set_goal(request: Request, name: str, goal: Goal):
    await tracker(request).set_goal.remote(name, goal.target, goal.until.isoformat())
    return Response(status_code=204)


@bp.delete("/goals/{name}", status_code=204)
async def drop_goal(request: Request, name: str):
    if not await tracker(request).drop_goal.remote(name):
        raise HTTPException(404, f"There is no goal {name!r}.")
    return Response(status_code=204)


@bp.get("/api/trend")
async def trend(request: Request):
    """What the tracker makes of another experiment's data; empty where those are not at hand."""
    actor = tracker(request)
    return {"trend": await actor.trend.remote(), "progress": await actor.progress.remote()}


@bp.get("/api/data")
async def data(request: Request):
    """The tracker's own data."""
    return {"goals": await tracker(request).goals.remote()}
