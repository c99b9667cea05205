"""After a run of everything that can be run, no secret stands in a log, an event, a ZIP, an error or a document."""

from __future__ import annotations

import asyncio
import io
import json
import re
import subprocess
import sys
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from libs.common.database.client import connect
from libs.common.database.collections import SECRETS, TOKENS, WEBHOOKS
from libs.common.home import resolve_mongo_uri
from libs.common.settings import Settings
from tests.servers.entrepot import ROOT, Up, up

pytestmark = pytest.mark.soak  # a whole platform, and commands beside it

ADMIN = "planted-admin-token-0123456789abcdef"
SIGNING = b64encode(b"planted-signing-key-of-32-bytes!").decode()
WRONG = "planted-wrong-token"
FILES = {
    ".env": b"PASSWORD=planted-password-in-a-dotenv",
    "id_rsa": b"-----BEGIN OPENSSH PRIVATE KEY-----\nplanted-private-key\n",  # pragma: allowlist secret
    "manifest.json": b'{"slug": "vault", "status": "active"}',
    "actor.py": b"import ray\n\n\n@ray.remote\nclass ExperimentActor:\n    pass\n",
    "__init__.py": b"from fastapi import APIRouter\n\nbp = APIRouter()\n",
}
IN_FILES = ("planted-password-in-a-dotenv", "planted-private-key")


@dataclass
class Told:
    """All that the platform has said, by where."""

    texts: dict[str, str] = field(default_factory=dict)

    def add(self, where: str, text: str) -> None:
        self.texts[where] = self.texts.get(where, "") + text

    def leaks(self, secret: str) -> list[str]:
        return [where for where, text in self.texts.items() if secret in text]


@dataclass
class Visit:
    """One client that asks for everything, and keeps what it is told."""

    platform: Up
    told: Told
    secrets: set[str] = field(default_factory=lambda: {ADMIN, SIGNING, WRONG})

    links: set[str] = field(default_factory=set)
    """Signed ones, which open what they lead to for whoever has them."""

    def __post_init__(self) -> None:
        headers = {"Authorization": f"Bearer {ADMIN}"}
        self.client = httpx.Client(base_url=self.platform.base_url, headers=headers, timeout=60)

    def ask(self, method: str, path: str, **options: object) -> httpx.Response:
        response = self.client.request(method, path, **options)  # type: ignore[arg-type]
        self.told.add(f"{method} {path}", response.text)
        return response

    def export(self, slug: str, kind: str) -> None:
        made = self.ask("GET", f"/api/package-{kind}/{slug}").json()
        content = self.client.get(made["download_url"]).content
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                self.told.add(f"{kind}: {name}", archive.read(name).decode(errors="replace"))
        self.links.add(re.split(r"/downloads/", made["download_url"])[1].split("/")[0])

    def command(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**self.platform.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        self.told.add(f"manage.py {' '.join(arguments)}", done.stderr)
        return done.stdout


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    home = tmp_path_factory.mktemp("secrets") / "home"
    settings = {
        "ENTREPOT_ADMIN_TOKEN": ADMIN,
        "EXPORT_SIGNING_KEY": SIGNING,
        "LOG_LEVEL": "debug",
        "TRUST_LOOPBACK": 0,
    }
    with up(home, **settings) as platform:
        visit = Visit(platform, Told())
        work(visit)
        collect(visit, home)
        yield visit


def work(visit: Visit) -> None:
    """Sign-in, tokens, import, exports, webhooks, refusals, and what is asked about all that."""
    visit.client.post("/login", data={"token": ADMIN})
    visit.secrets.update(value for value in visit.client.cookies.values() if value)
    visit.ask("POST", "/login", data={"token": WRONG})
    visit.ask("GET", "/api/jobs", headers={"Authorization": f"Bearer {WRONG}"})
    visit.ask("GET", f"/api/jobs?token={WRONG}")
    issued = json.loads(visit.command("tokens", "create", "ana@example.org", "--json"))
    visit.secrets.add(issued["token"])
    visit.command("tokens", "list")
    upload = {"file": ("vault_upload.zip", zipped(FILES), "application/zip")}
    visit.ask("POST", "/api/upload-experiment", files=upload)
    broken = {"file": ("vault_upload.zip", zipped(FILES)[:-30], "application/zip")}
    visit.ask("POST", "/api/upload-experiment", files=broken)
    for kind in ("upload-ready", "standalone", "docker"):
        visit.export("vault", kind)
    made = visit.client.post("/api/webhooks", json={"url": "https://example.org/x"}).json()
    visit.secrets.add(made["secret"])
    visit.ask("DELETE", "/api/experiments/none")
    for path in ("/api/jobs", "/api/exports", "/api/webhooks", "/api/audit", "/metrics", "/readyz", "/admin"):
        visit.ask("GET", path)
    visit.command("doctor")
    visit.command("audit")
    visit.command("dead-letters", "list")


def collect(visit: Visit, home: Path) -> None:
    """The logs of all services, and every document but those whose purpose is to hold a secret or its hash."""
    visit.told.add("logs", visit.platform.log.read_text(errors="replace"))

    async def documents() -> None:
        database = connect(resolve_mongo_uri(Settings(home=home)), "entrepot")
        try:
            stored = await database[SECRETS].find_one({})
            visit.secrets.update([str(stored["value"])] if stored else [])
            for name in await database.list_collection_names():
                if name in {SECRETS, WEBHOOKS} or name.startswith("system."):
                    continue
                async for document in database[name].find():
                    visit.told.add(f"database: {name}", str(document))
        finally:
            database.client.close()

    asyncio.run(documents())


def test_everything_was_told(visit: Visit) -> None:
    """So that nothing is searched that is empty."""
    assert {"logs", "standalone: experiments/vault/actor.py", "database: eventlog", "database: audit"} <= {
        where for where, text in visit.told.texts.items() if len(text) > 20
    }, sorted(visit.told.texts)
    assert len(visit.secrets) >= 7
    assert len(visit.links) == 3


def test_no_secret_is_told(visit: Visit) -> None:
    leaks = {secret[:12]: visit.told.leaks(secret) for secret in visit.secrets}
    assert {secret: where for secret, where in leaks.items() if where} == {}


def test_only_who_asked_is_told_a_link(visit: Visit) -> None:
    for link in visit.links:
        (where,) = visit.told.leaks(link)
        assert where.startswith("GET /api/package-")


def test_secrets_of_an_experiment_stay_in_its_folder(visit: Visit) -> None:
    assert {secret: visit.told.leaks(secret) for secret in IN_FILES} == {secret: [] for secret in IN_FILES}


def test_tokens_are_hashed(visit: Visit) -> None:
    """What the database keeps of a token does not open a door."""
    digests = re.findall(r"'digest': '([0-9a-f]{64})'", visit.told.texts[f"database: {TOKENS}"])
    assert len(digests) == 2
    for digest in digests:
        response = visit.client.get("/api/jobs", headers={"Authorization": f"Bearer {digest}"})
        assert response.status_code == 401


def test_the_state_of_the_embedded_parts_is_the_owners_alone(visit: Visit) -> None:
    home = Path(visit.platform.environment["ENTREPOT_HOME"])
    assert (home / "run.json").stat().st_mode & 0o077 == 0
