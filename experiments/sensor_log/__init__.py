"""Sensor log: a map of stations, their extremes, and all readings as one stream of CSV."""

import csv
import io
from pathlib import Path

import ray
from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import StreamingResponse
from starlette.templating import Jinja2Templates

from .actor import PAGE, ExperimentActor

__all__ = ["ExperimentActor", "bp"]

bp = APIRouter()
templates = Jinja2Templates(directory=str(Path(__file__).parent / "templates"))

COLUMNS = ["id", "station", "at", "temperature", "humidity", "sequence"]


def log(request: Request):
    if not request.app.state.ray_is_available:
        raise HTTPException(503, "The log is closed for a moment.")
    return ray.get_actor(f"{request.state.slug_id}-actor", namespace="modular_labs")


@bp.get("/")
async def index(request: Request):
    actor = log(request)
    stations, summary = await actor.stations.remote(), await actor.summary.remote()
    context = {"slug": request.state.slug_id, "stations": stations, "summary": summary}
    return templates.TemplateResponse(request, "index.html", context)


@bp.get("/readings.csv")
async def readings(request: Request):
    """Every reading, read and sent page by page."""
    actor = log(request)

    async def lines():
        text = io.StringIO()
        table = csv.DictWriter(text, COLUMNS, extrasaction="ignore")
        table.writeheader()
        page = await actor.page.remote()
        while page:
            table.writerows(page)
            yield text.getvalue()
            text.seek(0)
            text.truncate()
            page = await actor.page.remote(page[-1]["id"]) if len(page) == PAGE else []

    headers = {"Content-Disposition": 'attachment; filename="readings.csv"'}
    return StreamingResponse(lines(), media_type="text/csv", headers=headers)


@bp.get("/api/near")
async def near(
    request: Request,
    longitude: float = Query(..., ge=-180, le=180),
    latitude: float = Query(..., ge=-90, le=90),
    kilometres: float = Query(50, gt=0, le=20000),
):
    return await log(request).near.remote(longitude, latitude, kilometres)


@bp.get("/api/summary")
async def summary(request: Request):
    """Over all readings; an export that was cut at its limit says less."""
    return await log(request).summary.remote()


@bp.get("/api/data")
async def data(request: Request, limit: int = Query(200, ge=1, le=PAGE)):
    """Stations, alerts and the oldest readings."""
    actor = log(request)
    return {
        "stations": await actor.stations.remote(),
        "alerts": await actor.alerts.remote(),
        "readings": await actor.page.remote(None, limit),
    }
