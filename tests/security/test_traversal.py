"""No name in a request leads out of where it belongs, whatever the place of the name is."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Final

import aiohttp
from yarl import URL

from libs.common.database.collections import JOBS
from libs.common.jobs.model import Role
from services.gateway.app import endpoints
from services.gateway.documents.openapi import VARIABLE
from services.gateway.routing import ANY_METHOD
from tests.integration.services.gateway.house import Gateway, zip_of

from .conftest import PLANTED

NAMES: Final = (
    "..%2f..%2fplanted.txt",
    "..%2F..%2F..%2F..%2F..%2Fetc%2Fpasswd",
    "%2e%2e%2f%2e%2e%2fplanted.txt",
    "..%5c..%5cplanted.txt",
    "%2fetc%2fpasswd",
    "%252e%252e%252fplanted.txt",
    "..%c0%afplanted.txt",
    "..",
    "planted.txt%00.zip",
    "~%2f.ssh",
    "file:%2f%2f%2fetc%2fpasswd",
    "%7bslug%7d",
    "$where",
    "[$ne]",
    "a" * 2_000,
    "%ff%fe",
    "%e2%80%ae",
    "-rf",
)
ABSOLUTE: Final = ("/etc/passwd", "../../planted.txt", "....//....//planted.txt", "%2e%2e/%2e%2e/planted.txt")

FILE_NAMES: Final = (
    "../../evil_upload.zip",
    "/etc/cron.d/evil_upload.zip",
    "..\\..\\evil_upload.zip",
    "evil_upload.zip%00.png",
)
SLUGS: Final = ("../evil", "a/b", "..", ".hidden", "A", "a b", "a\nb", "é", "x" * 64, "a\x00")
CODE: Final = {
    "actor.py": b"import ray\n@ray.remote\nclass ExperimentActor: pass\n",
    "__init__.py": b"from fastapi import APIRouter\nbp = APIRouter()\n",
}


async def answer(gateway: Gateway, method: str, path: str) -> tuple[int, str]:
    """Sent as it stands: nothing is quoted, and no dots are taken away."""
    headers = await gateway.token(Role.ADMIN) | {"Prefer": "respond-async"}
    address = URL(f"{gateway.base_url}{path}", encoded=True)
    body: object = {} if method in {"POST", "PATCH"} else None
    async with gateway.http.request(
        method, address, headers=headers, allow_redirects=False, json=body
    ) as response:
        return response.status, (await response.read()).decode(errors="replace")


def filled(path: str, name: str) -> str:
    """The address with this name in every place of one."""
    return name.join(VARIABLE.sub("\0", path).split("\0"))


async def test_every_variable_of_every_address(gateway: Gateway) -> None:
    """Nothing breaks, nothing from outside is shown, and nothing is changed: a page may say that it has nothing."""
    wrong = []
    for endpoint in endpoints(gateway.parts):
        method = "GET" if endpoint.method == ANY_METHOD else endpoint.method
        for name in NAMES if VARIABLE.search(endpoint.path) else ():
            status, text = await answer(gateway, method, filled(endpoint.path, name))
            changed = method not in {"GET", "HEAD"} and status < 400
            if status >= 500 or changed or PLANTED in text or "root:" in text:
                wrong.append((method, endpoint.path, name[:40], status))
    assert wrong == []
    assert await gateway.parts.database[JOBS].count_documents({}) == 0


async def test_paths_that_climb(gateway: Gateway) -> None:
    prefixes = ("/static/x/", "/downloads/", "/schemas/1/", "/experiments/click/", "/")
    for prefix, path in itertools.product(prefixes, ABSOLUTE):
        status, text = await answer(gateway, "GET", f"{prefix}{path}")
        assert 300 <= status < 500, path
        assert PLANTED not in text


async def test_the_name_of_an_uploaded_file(platform: Gateway, tmp_path: Path) -> None:
    headers = await platform.token(Role.DEVELOPER)
    for file_name in FILE_NAMES:
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("file", zip_of({"manifest.json": b"{}"}), filename=file_name)
        async with platform.http.post("/api/upload-experiment", data=form, headers=headers) as response:
            assert response.status == 422, file_name
    assert not list(tmp_path.rglob("*evil*"))


async def test_the_slug_of_an_upload(platform: Gateway, tmp_path: Path) -> None:
    """From a form field and from a manifest."""
    headers = await platform.token(Role.DEVELOPER)
    for slug, by_field in itertools.product(SLUGS, (True, False)):
        form = aiohttp.FormData({"slug_id": slug} if by_field else {})
        manifest = {} if by_field else {"slug": slug}
        files = {"manifest.json": json.dumps(manifest).encode(), **CODE}
        form.add_field("file", zip_of(files), filename="upload.zip")
        async with platform.http.post("/api/upload-experiment", data=form, headers=headers) as response:
            assert response.status in {400, 422}, (slug, await response.text())
    assert not list((tmp_path / "home" / "experiments").glob("*"))
