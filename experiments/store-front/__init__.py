"""Store front: shelves, search, pictures, accounts and orders."""

from pathlib import Path
from typing import Optional

import ray
from fastapi import APIRouter, Cookie, File, Form, HTTPException, Request, Response, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.templating import Jinja2Templates

from .actor import ExperimentActor

__all__ = ["ExperimentActor", "bp"]

bp = APIRouter()
templates = Jinja2Templates(directory=str(Path(__file__).parent / "templates"))

SESSION = "store_session"
LARGEST_PICTURE = 2 * 1024 * 1024


def counter(request: Request):
    if not request.app.state.ray_is_available:
        raise HTTPException(503, "The shops open again in a moment.")
    return ray.get_actor(f"{request.state.slug_id}-actor", namespace="modular_labs")


def home(request: Request):
    return f"/experiments/{request.state.slug_id}"


async def page(request: Request, name: str, status_code: int = 200, **values):
    token = request.cookies.get(SESSION)
    customer = await counter(request).customer.remote(token) if token else None
    context = {"request": request, "home": home(request), "customer": customer, **values}
    return templates.TemplateResponse(name, context, status_code=status_code)


async def known_product(request: Request, product_id: str):
    product = await counter(request).product.remote(product_id)
    if product is None:
        raise HTTPException(404, "We do not carry that.")
    return product


@bp.get("/", response_class=HTMLResponse)
async def index(request: Request):
    return await page(request, "index.html", stores=await counter(request).stores.remote())


@bp.get("/search", response_class=HTMLResponse)
async def search(request: Request, q: str = ""):
    found = await counter(request).search.remote(q) if q else []
    return await page(request, "search.html", words=q, found=found)


@bp.get("/products/{product_id}", response_class=HTMLResponse)
async def product(request: Request, product_id: str, ordered: Optional[str] = None):
    return await page(request, "product.html", product=await known_product(request, product_id), ordered=ordered)


@bp.get("/products/{product_id}/picture")
async def picture(request: Request, product_id: str):
    found = await counter(request).picture.remote(product_id)
    if found is None:
        raise HTTPException(404, "There is no picture yet.")
    content_type, content = found
    return Response(content, media_type=content_type, headers={"X-Content-Type-Options": "nosniff"})


@bp.post("/products/{product_id}/picture")
async def upload_picture(request: Request, product_id: str, picture: UploadFile = File(...)):
    if picture.content_type not in {"image/png", "image/jpeg", "image/webp"}:
        raise HTTPException(415, "A picture is a PNG, JPEG or WebP file.")
    content = await picture.read(LARGEST_PICTURE + 1)
    if len(content) > LARGEST_PICTURE:
        raise HTTPException(413, "A picture may have 2 MiB.")
    if not await counter(request).set_picture.remote(product_id, picture.filename, picture.content_type, content):
        raise HTTPException(404, "We do not carry that.")
    return RedirectResponse(f"{home(request)}/products/{product_id}", status_code=303)


@bp.post("/products/{product_id}/order")
async def order(request: Request, product_id: str, quantity: int = Form(1, ge=1, le=99), store_session: str = Cookie("")):
    placed = await counter(request).order.remote(store_session, product_id, quantity)
    if placed is None:
        raise HTTPException(409, "Sign in first, and order no more than there is.")
    return RedirectResponse(f"{home(request)}/products/{product_id}?ordered={placed['id']}", status_code=303)


@bp.post("/sign-in")
async def sign_in(request: Request, email: str = Form(...), password: str = Form(...)):
    token = await counter(request).sign_in.remote(email, password)
    if token is None:
        return await page(
            request, "index.html", 401, stores=await counter(request).stores.remote(), problem="That does not fit."
        )
    answer = RedirectResponse(f"{home(request)}/", status_code=303)
    answer.set_cookie(SESSION, token, httponly=True, samesite="lax", path=home(request))
    return answer


@bp.post("/sign-out")
async def sign_out(request: Request):
    answer = RedirectResponse(f"{home(request)}/", status_code=303)
    answer.delete_cookie(SESSION, path=home(request))
    return answer


@bp.get("/api/data")
async def data(request: Request):
    return await counter(request).everything.remote()
