"""What commands and services leave alone: libraries that cost more to load than the work that has no need of them."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

import pytest

OBJECT_STORAGE: Final = {"aiobotocore", "botocore"}
BROKER: Final = {"aio_pika", "aiormq"}
TRACES: Final = {"opentelemetry"}
WEB: Final = {"aiohttp", "jinja2", "pygal", "fastapi"}
SOLVERS: Final = {"ortools", "scipy", "pymoo", "matplotlib"}
CLUSTER: Final = {"ray"}
DOCUMENTS: Final = {"libs.common.events.examples", "services.gateway.documents.schemas"}
EVERYWHERE: Final = OBJECT_STORAGE | BROKER | TRACES | SOLVERS | CLUSTER
SERVICES: Final = EVERYWHERE | DOCUMENTS | {"rich", "pygments", "cffi", "pycparser", "cryptography.x509"}

DUMPS: Final = (
    "libs.manage.benchmarks.dump",
    "services.benchmarks.dumps.dumping",
    "services.benchmarks.dump.read",
    "services.benchmarks.imports.importing",
    "services.benchmarks.store.switch",
)


@pytest.mark.parametrize(
    ("modules", "spared"),
    [
        pytest.param(("libs.manage.main",), EVERYWHERE | WEB | {"pymongo", "rich", "numpy"}, id="--help"),
        pytest.param(DUMPS, EVERYWHERE | WEB | {"prometheus_client"}, id="export_sql_dump, import_sql_dump"),
        pytest.param(("libs.manage.doctor.command",), EVERYWHERE | {"jinja2", "numpy"}, id="doctor"),
        pytest.param(("services.gateway.__main__",), SERVICES | {"pygal", "numpy"}, id="gateway"),
        pytest.param(("services.exporter.__main__",), SERVICES | {"numpy", "pygal"}, id="exporter"),
        pytest.param(
            ("services.importer.__main__",), SERVICES | {"numpy", "pygal", "fastapi"}, id="importer"
        ),
        pytest.param(("services.benchmarks.__main__",), SERVICES | WEB - {"aiohttp"}, id="benchmarks"),
    ],
)
def test_it_does_not_load(modules: tuple[str, ...], spared: set[str]) -> None:
    program = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert spared.isdisjoint(loaded.stdout.split())
