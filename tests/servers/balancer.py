"""HAProxy in front of several gateways: each request may meet another of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.servers.binaries import accepts_connections, running
from tests.servers.debian_packages import library_path, unpacked

PACKAGE = "haproxy"
CONFIGURATION = """
defaults
    mode http
    timeout connect 5s
    timeout client 120s
    timeout server 120s
    option redispatch
frontend all
    bind 127.0.0.1:{port}
    http-request set-header Authorization "Bearer {token}" unless {{ req.hdr(Authorization) -m found }}
    default_backend gateways
backend gateways
    balance roundrobin
{servers}
"""


@contextmanager
def balancer(folder: Path, port: int, gateways: Sequence[str], *, token: str) -> Iterator[str]:
    """Its address. Callers without a token are given `token`, as the loopback's operator needs none."""
    servers = "\n".join(f"    server g{n} {urlsplit(url).netloc}" for n, url in enumerate(gateways))
    path = folder / "haproxy.cfg"
    path.write_text(CONFIGURATION.format(port=port, token=token, servers=servers))
    command = [*_program(), "-db", "-f", str(path)]
    with running(command, log=folder / "haproxy.log", ready=lambda: accepts_connections(port)):
        yield f"http://127.0.0.1:{port}"


def _program() -> list[str]:
    found = shutil.which(PACKAGE)
    if found is not None:
        return [found]
    root = unpacked(PACKAGE)
    return ["env", f"LD_LIBRARY_PATH={library_path(root)}", str(root / "usr" / "sbin" / PACKAGE)]
