from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.images.join_ray import INHERITED, NodeFailed, run
from tests.servers.entrepot import ROOT

STARTS = "print('Ray runtime started.', flush=True);"
ENVIRONMENT = {"PATH": os.environ["PATH"]}


def python(program: str) -> list[str]:
    return [sys.executable, "-c", program]


async def test_it_ends_as_its_service_does() -> None:
    assert (
        await run(
            python("raise SystemExit(7)"), python(f"{STARTS} import signal; signal.pause()"), ENVIRONMENT
        )
        == 7
    )


async def test_the_service_starts_once_the_node_has_joined(tmp_path: Path) -> None:
    mark = tmp_path / "joined"
    joins = python(f"open({str(mark)!r}, 'w'); {STARTS} import signal; signal.pause()")
    assert (
        await run(python(f"import os, sys; sys.exit(not os.path.exists({str(mark)!r}))"), joins, ENVIRONMENT)
        == 0
    )


async def test_a_service_without_its_node_ends() -> None:
    assert await run(python("import signal; signal.pause()"), python(STARTS), ENVIRONMENT) == 1


async def test_a_node_that_does_not_join_says_why() -> None:
    with pytest.raises(NodeFailed, match="no such cluster"):
        await run(python("raise SystemExit(9)"), python("raise SystemExit('no such cluster')"), ENVIRONMENT)


def test_the_node_gets_no_secret_of_the_service() -> None:
    assert not {"AMQP_URL", "MONGO_URI", "B2_SECRET_ACCESS_KEY", "ENTREPOT_ADMIN_TOKEN"} & set(INHERITED)


def test_without_a_cluster_it_becomes_the_service() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "RAY_ADDRESS"}
    script = ROOT / "deploy" / "images" / "join_ray.py"
    done = subprocess.run([sys.executable, script, "sh", "-c", "exit 5"], env=environment, check=False)
    assert done.returncode == 5


def test_a_signal_reaches_the_service(tmp_path: Path) -> None:
    fake = tmp_path / "ray"
    fake.write_text(f"#!{sys.executable}\n{STARTS}\nimport signal; signal.pause()\n")
    fake.chmod(0o755)
    drains = "import signal, sys; signal.signal(15, lambda *_: sys.exit(3)); print('up', flush=True); signal.pause()"
    environment = os.environ | {"RAY_ADDRESS": "head:6379", "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    script = ROOT / "deploy" / "images" / "join_ray.py"
    with subprocess.Popen(
        [sys.executable, script, *python(drains)], env=environment, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 3
