"""The compose stack of the repository, as a test's own project."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml  # type: ignore[import-untyped, unused-ignore]

from tests.docker.daemon import Docker
from tests.servers.entrepot import ROOT

SERVICES = ("gateway", "exporter", "importer", "benchmarks")
EXAMPLE = ROOT / ".env.example"
COMPOSE = ROOT / "docker-compose.yml"
START_SECONDS = 900.0
"""From nothing, on a machine that others keep busy; 80 s on an idle one."""
LOOK_SECONDS = 2.0
"""Each look starts two programs, which take time from what is starting."""
SHARES = 8192
"""Containers share processors one by one, whatever their processes: beside other suites, a node of ten would starve."""
JOB_SECONDS = 180.0
SECRET = re.compile(r"^([A-Z_0-9]+)=$", re.MULTILINE)
OPTIONAL = frozenset({"B2_PUBLIC_ENDPOINT_URL", "OTEL_EXPORTER_OTLP_ENDPOINT", "EXPERIMENTS_ORIGIN"})
"""Lines of the example that may stay empty."""


def filled_in(example: str, **values: object) -> str:
    """As somebody fills in `.env.example`: a secret on each empty line, and `values` instead of the given ones."""
    names = [name for name in SECRET.findall(example) if name not in OPTIONAL]
    chosen = {name: secrets.token_hex(32) for name in names} | values
    for name, value in chosen.items():
        example = re.sub(rf"^{name}=.*$", f"{name}={value}", example, flags=re.MULTILINE)
    return example


def with_shares(folder: Path) -> Path:
    """A compose file that gives each part of the stack its shares."""
    parts = yaml.safe_load(COMPOSE.read_text())["services"]
    file = folder / "shares.yml"
    file.write_text(yaml.safe_dump({"services": {name: {"cpu_shares": SHARES} for name in parts}}))
    return file


@dataclass(frozen=True)
class Stack:
    docker: Docker
    environment: Path
    shares: Path
    project: str

    def compose(self, *arguments: str) -> str:
        return self.docker.compose(*self._own, *arguments, cwd=ROOT)

    def warnings(self, *arguments: str) -> str:
        return self.docker.compose_warnings(*self._own, *arguments, cwd=ROOT)

    @property
    def _own(self) -> tuple[str, ...]:
        files = ("-f", str(COMPOSE), "-f", str(self.shares))
        return ("-p", self.project, "--env-file", str(self.environment), *files)

    def start(self, *arguments: str) -> None:
        """Raises: AssertionError with the logs."""
        self.compose("up", "--detach", *arguments)
        self.wait_until_healthy()

    def wait_until_healthy(self) -> None:
        """Raises: AssertionError with the logs."""
        deadline = time.monotonic() + START_SECONDS
        while unready := self._unready():
            assert time.monotonic() < deadline, self.compose("logs", "--tail", "40", *unready)
            time.sleep(LOOK_SECONDS)

    def _unready(self) -> set[str]:
        return {
            one["Config"]["Labels"]["com.docker.compose.service"]
            for one in self.inspect(*SERVICES)
            if one["State"]["Health"]["Status"] != "healthy"
        }

    def type_in(self, script: str) -> str:
        """What commands print that a page shows, for this stack in place of one of the reader's own."""
        for shown, here in (
            ("cp .env.example .env", "true"),
            ("git pull && ", ""),
            ("http://127.0.0.1:8080", self.setting("PUBLIC_URL")),
            ("entrepot/gateway", f"{self.setting('IMAGE_PREFIX')}/gateway"),
            ("curl ", "curl --fail-with-body --silent "),
        ):
            script = script.replace(shown, here)
        return self.docker.bash(
            script,
            cwd=ROOT,
            COMPOSE_FILE=f"{COMPOSE}:{self.shares}",
            COMPOSE_PROJECT_NAME=self.project,
            COMPOSE_ENV_FILES=self.environment,
            ENTREPOT_ADMIN_TOKEN=self.setting("ENTREPOT_ADMIN_TOKEN"),
        )

    def containers(self, *services: str) -> list[str]:
        return self.compose("ps", "--all", "--quiet", *services).split()

    def inspect(self, *services: str) -> list[dict[str, Any]]:
        described: list[dict[str, Any]] = json.loads(self.docker("inspect", *self.containers(*services)))
        return described

    def setting(self, name: str) -> str:
        found = re.search(rf"^{name}=(.*)$", self.environment.read_text(), re.MULTILINE)
        assert found is not None
        return found[1]

    def client(self, origin: str = "PUBLIC_URL") -> httpx.Client:
        return httpx.Client(
            base_url=self.setting(origin),
            headers={"Authorization": f"Bearer {self.setting('ENTREPOT_ADMIN_TOKEN')}"},
            timeout=120,
        )

    def processes(self, service: str) -> Iterator[str]:
        """Command lines of the processes in a service's containers."""
        for container in self.containers(service):
            for line in self.docker("top", container, "-eo", "pid,args").splitlines()[1:]:
                yield line.split(maxsplit=1)[1]


def ask(http: httpx.Client, slugs: Sequence[str], kind: str) -> list[str]:
    """Jobs of exports, none of which is waited for."""
    answers = [http.get(f"/api/package-{kind}/{slug}", headers={"Prefer": "respond-async"}) for slug in slugs]
    assert {answer.status_code for answer in answers} <= {200, 202}
    return [answer.json()["job_id"] for answer in answers]


def finished(http: httpx.Client, jobs: Sequence[str]) -> list[dict[str, Any]]:
    """All of them, once they have ended; a gateway that is replaced meanwhile is asked again."""
    deadline = time.monotonic() + JOB_SECONDS
    found: dict[str, dict[str, Any]] = {}
    while missing := [job for job in jobs if job not in found]:
        assert time.monotonic() < deadline, f"{missing} do not end"
        try:
            job = http.get(f"/api/jobs/{missing[0]}").json()
        except httpx.TransportError:
            time.sleep(0.2)
            continue
        if job["state"] in ("succeeded", "failed", "cancelled"):
            found[missing[0]] = job
    return list(found.values())
