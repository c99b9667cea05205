"""A real Prometheus: its server, and promtool, which checks what it is given."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml  # type: ignore[import-untyped, unused-ignore]

from tests.servers.binaries import free_port, running
from tests.servers.debian_packages import unpacked

PACKAGE = "prometheus"
SCRAPE_INTERVAL = "1s"
PROMTOOL_SECONDS = 60


def find_program(name: str) -> str:
    """`prometheus` or `promtool`: installed, or unpacked from the distribution's package. Raises: ServerMissing."""
    return shutil.which(name) or str(unpacked(PACKAGE) / "usr" / "bin" / name)


def promtool(*arguments: str | Path) -> str:
    """What it says. Raises: AssertionError with its complaints."""
    command = [find_program("promtool"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PROMTOOL_SECONDS, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@dataclass(frozen=True)
class Prometheus:
    base_url: str

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The series of an instant query. Raises: AssertionError with the error."""
        answer = httpx.get(f"{self.base_url}/api/v1/query", params={"query": expression}, timeout=10).json()
        assert answer["status"] == "success", f"{expression}\n{answer}"
        found: list[dict[str, Any]] = answer["data"]["result"]
        return found

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.base_url}/-/ready", timeout=2).is_success
        except httpx.TransportError:
            return False


@contextmanager
def prometheus(folder: Path, targets: Mapping[str, str], rules: Path) -> Iterator[Prometheus]:
    """Scrapes each `targets` (`host:port`, by the value of its label `service`) once a second."""
    port = free_port()
    server = Prometheus(f"http://127.0.0.1:{port}")
    configuration = {
        "global": {"scrape_interval": SCRAPE_INTERVAL, "evaluation_interval": SCRAPE_INTERVAL},
        "rule_files": [str(rules)],
        "scrape_configs": [
            {
                "job_name": "entrepot",
                "static_configs": [
                    {"targets": [target], "labels": {"service": service}}
                    for service, target in targets.items()
                ],
            }
        ],
    }
    (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration))
    command = [
        find_program("prometheus"),
        f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/data",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with running(command, log=folder / "prometheus.log", ready=server.is_ready):
        yield server
