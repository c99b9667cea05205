"""Event board: events, a live thread under each, and attached files. Announcing and cancelling is for admins."""

from datetime import datetime, timezone
from pathlib import Path

import ray
from fastapi import APIRouter, Depends, File, Form, HTTPException, Request, Response, UploadFile, WebSocket
from fastapi.responses import RedirectResponse
from fastapi.templating import Jinja2Templates
from starlette.websockets import WebSocketDisconnect

from core_deps import get_current_user, get_experiment_config, require_admin
from experiment_db import get_experiment_db

from .actor import ExperimentActor, event_view
from .live import Rooms

__all__ = ["ExperimentActor", "bp"]

SLUG = "event_board"
LARGEST_FILE = 5 * 1024 * 1024

bp = APIRouter()
templates = Jinja2Templates(directory=str(Path(__file__).parent / "templates"))
rooms = Rooms()


def board(state):
    if not state.ray_is_available:
        raise HTTPException(503, "The board is being cleaned; try again in a moment.")
    return ray.get_actor(f"{SLUG}-actor", namespace="modular_labs")


async def known_event(request: Request, event_id: str):
    event = await board(request.app.state).event.remote(event_id)
    if event is None:
        raise HTTPException(404, "There is no such event.")
    return event


@bp.get("/")
async def index(request: Request, user=Depends(get_current_user)):
    config = await get_experiment_config(request, SLUG, {"name": 1, "description": 1})
    events = await board(request.app.state).events.remote()
    context = {"request": request, "slug": SLUG, "config": config or {}, "events": events, "user": user}
    return templates.TemplateResponse("board.html", context)


@bp.get("/events/{event_id}")
async def event(request: Request, event_id: str, user=Depends(get_current_user)):
    context = {"request": request, "slug": SLUG, "event": await known_event(request, event_id), "user": user}
    return templates.TemplateResponse("event.html", context)


@bp.post("/events")
async def announce(
    request: Request,
    title: str = Form(..., max_length=120),
    place: str = Form(..., max_length=120),
    starts_at: datetime = Form(...),
    seats: int = Form(..., ge=1),
    admin=Depends(require_admin),
):
    when = starts_at if starts_at.tzinfo else starts_at.replace(tzinfo=timezone.utc)
    event_id = await board(request.app.state).announce.remote(title, place, when, seats)
    return RedirectResponse(f"/experiments/{SLUG}/events/{event_id}", status_code=303)


@bp.delete("/events/{event_id}", status_code=204, dependencies=[Depends(require_admin)])
async def cancel(request: Request, event_id: str):
    await known_event(request, event_id)
    await board(request.app.state).cancel.remote(event_id)
    return Response(status_code=204)


@bp.post("/events/{event_id}/files")
async def attach(request: Request, event_id: str, file: UploadFile = File(...)):
    await known_event(request, event_id)
    content = await file.read(LARGEST_FILE + 1)
    if not file.filename or len(content) > LARGEST_FILE:
        raise HTTPException(413, "A file has a name and at most 5 MiB.")
    kind = file.content_type or "application/octet-stream"
    await board(request.app.state).attach.remote(event_id, Path(file.filename).name, kind, content)
    return RedirectResponse(f"/experiments/{SLUG}/events/{event_id}", status_code=303)


@bp.get("/events/{event_id}/files/{filename}")
async def download(request: Request, event_id: str, filename: str):
    await known_event(request, event_id)
    found = await board(request.app.state).attachment.remote(event_id, filename)
    if found is None:
        raise HTTPException(404, "There is no such file.")
    headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
    return Response(found[1], media_type=found[0], headers=headers)


@bp.websocket("/live/{event_id}")
async def live(websocket: WebSocket, event_id: str, user=Depends(get_current_user)):
    """What one says all read: messages are `{"text": ...}` in, posts out."""
    if not websocket.app.state.ray_is_available:
        await websocket.close(1013)
        return
    actor = ray.get_actor(f"{SLUG}-actor", namespace="modular_labs")
    if await actor.event.remote(event_id) is None:
        await websocket.close(1008)
        return
    await websocket.accept()
    rooms.join(event_id, websocket)
    author = user["email"] if user else "a guest"
    try:
        while True:
            said = await websocket.receive_json()
            text = str(said.get("text", "") if isinstance(said, dict) else "").strip()[:500]
            if text:
                await rooms.tell(event_id, await actor.say.remote(event_id, author, text))
    except WebSocketDisconnect:
        pass
    finally:
        rooms.leave(event_id, websocket)


@bp.get("/api/data")
async def data(request: Request, db=Depends(get_experiment_db)):
    """All events with threads and files, read by the route itself and by the actor."""
    listed = [event_view(event) async for event in db.events.find({}).sort("_id", 1)]
    rules = await db.collection("settings").find_one({"_id": "rules"})
    return {
        "rules": rules["text"] if rules else None,
        "events": [await board(request.app.state).event.remote(event["id"]) for event in listed],
    }
