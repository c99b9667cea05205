"""Runs a service beside a node of its own in the Ray cluster at `RAY_ADDRESS`: `join_ray.py COMMAND…`.

Whoever gives work to a cluster must be on one of its nodes. This one takes no work itself: it has no processor to give,
and bears the label `entrepot=service`, by which experiments are kept away. Without its node a service reaches nothing
any more, so both end together, and the container's runtime starts them again.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import Mapping, Sequence
from typing import Final

START: Final = (
    *("ray", "start", "--block", "--num-cpus=0", "--num-gpus=0", "--object-store-memory=80000000"),
    *("--labels=entrepot=service",),
)
STARTED: Final = b"Ray runtime started"
START_SECONDS: Final = 120
PAUSE_SECONDS: Final = (5.0, 20.0)
"""Before the runtime tries again: nodes that were too slow because they started together do not do so twice."""
INHERITED: Final = ("PATH", "HOME", "TMPDIR", "RAY_USAGE_STATS_ENABLED", "RAY_AUTH_MODE", "RAY_AUTH_TOKEN")
"""What the node has of the service's environment: none of its secrets but the cluster's own."""


class NodeFailed(Exception):
    """The node does not join the cluster."""


async def run(command: Sequence[str], start: Sequence[str], environment: Mapping[str, str]) -> int:
    """The exit status of the command, or 1 if the node ended first. Raises: NodeFailed."""
    node = await asyncio.create_subprocess_exec(*start, stdout=PIPE, stderr=STDOUT, env=environment)
    try:
        async with asyncio.timeout(START_SECONDS):
            await _joined(node)
        return await _beside(node, command)
    except TimeoutError as error:
        raise NodeFailed(f"The node did not join within {START_SECONDS} s.") from error
    finally:
        if node.returncode is None:
            node.terminate()
            await node.wait()


async def _joined(node: Process) -> None:
    assert node.stdout is not None
    said = []
    async for line in node.stdout:
        said.append(line.decode(errors="replace").rstrip())
        if STARTED in line:
            return
    raise NodeFailed("\n".join(["The node does not join the cluster:", *said[-5:]]))


async def _beside(node: Process, command: Sequence[str]) -> int:
    service = await asyncio.create_subprocess_exec(*command)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, service.terminate)
    # Reading on keeps the node from blocking on a full pipe.
    ends = {asyncio.create_task(service.wait()), asyncio.create_task(node.communicate())}
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    if service.returncode is not None:
        return service.returncode
    print("The node of the Ray cluster has ended; the service ends, too.", file=sys.stderr)  # noqa: T201
    service.terminate()
    await service.wait()
    return 1


if __name__ == "__main__":
    address = os.environ.get("RAY_ADDRESS")
    if not address:
        os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606
    kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
    try:
        status = asyncio.run(run(sys.argv[1:], [*START, f"--address={address}"], kept))
    except NodeFailed as failure:
        time.sleep(random.uniform(*PAUSE_SECONDS))  # noqa: S311  (a lot, not a secret)
        sys.exit(str(failure))
    sys.exit(status)
