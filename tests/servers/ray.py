"""A Ray of a test's own, which stands for a cluster that is there already."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

HEAD = """
import json, ray, sys
context = ray.init(
    address="local", include_dashboard=False, num_cpus=2, object_store_memory=80 * 2**20, _temp_dir=sys.argv[1]
)
print(context.address_info["gcs_address"], flush=True)
for _ in sys.stdin:
    print(json.dumps([one["name"] for one in ray.util.list_named_actors(all_namespaces=True)]), flush=True)
ray.shutdown()
"""


@dataclass(frozen=True)
class RayCluster:
    """`environment` is what joins it."""

    environment: Mapping[str, str]
    _head: subprocess.Popen[str]

    def named_actors(self) -> list[str]:
        assert self._head.stdin is not None
        assert self._head.stdout is not None
        print("?", file=self._head.stdin, flush=True)
        names: list[str] = json.loads(self._head.stdout.readline())
        return names


@contextmanager
def ray_cluster() -> Iterator[RayCluster]:
    # Ray's sockets lie beneath, and the path of a socket has at most 107 bytes.
    folder = tempfile.mkdtemp(prefix="ray-", dir="/tmp")
    token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    head = subprocess.Popen(
        [sys.executable, "-c", HEAD, folder],
        env=os.environ | token,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert head.stdout is not None
        yield RayCluster({"RAY_ADDRESS": head.stdout.readline().strip(), **token}, head)
    finally:
        head.communicate(timeout=60)
        shutil.rmtree(folder, ignore_errors=True)
