"""The documentation as a reader uses it who types in what it shows."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from tests.servers.entrepot import ROOT

FENCED = re.compile(r"(?:<!-- ([^\n]+) -->\n)?```(\w*)\n(.*?)```", re.DOTALL)
"""A comment before a block, which no reader of the page sees, says what is done with it."""
COMMAND_SECONDS = 150
ADDRESSES = ("http://127.0.0.1:8080", "http://localhost:8080")
COPIED = {
    "PLAN_DIGEST": re.compile(r'"plan_digest": ?"(\w+)"'),
    "KEPT_DATA": re.compile(r'"kept_data": ?\{"id": ?"([\w-]+)"'),
    "ID": re.compile(r"as job ([\w-]+)\."),
}
"""What a reader copies from an answer into a later command."""


class Use(StrEnum):
    """What is done with a block."""

    RUN = "run"
    FILE = "file"
    SHOWN = "shown"
    """Not run here, for the reason that the mark gives."""
    DOCKER = "docker"
    """Run by tests/docker."""
    MAKE = "make"
    """Verbs, which CI runs."""
    TEXT = "text"


@dataclass(frozen=True)
class Block:
    """`argument` is the name of a file, what a run needs, or why something is only shown."""

    use: Use
    argument: str
    content: str


def blocks(page: Path) -> list[Block]:
    return [_block(*found) for found in FENCED.findall(page.read_text(encoding="utf-8"))]


def _block(mark: str, language: str, content: str) -> Block:
    use, _, argument = mark.partition(" ")
    if mark:
        return Block(Use(use.rstrip(":")), argument.removeprefix("with "), content)
    if language not in ("sh", "bash"):
        return Block(Use.TEXT, "", content)
    programs = set(_programs(content))
    if programs & {"docker", "kubectl"}:
        return Block(Use.DOCKER, "", content)
    return Block(Use.MAKE if programs == {"make"} else Use.RUN, "", content)


def _programs(script: str) -> Iterator[str]:
    """The first word of each line that is no comment."""
    for line in script.splitlines():
        if line and not line.startswith((" ", "#")):
            yield line.split()[0]


@dataclass
class Reader:
    """Somebody who does what the page says, in a folder of their own."""

    folder: Path
    environment: dict[str, str]
    base_url: str = ADDRESSES[0]
    copied: dict[str, str] = field(default_factory=dict)

    def do(self, script: str, **environment: str) -> str:
        """What the script printed. Raises: AssertionError with its complaints."""
        done = subprocess.run(
            ["bash", "-eu", "-o", "pipefail", "-c", self._here(script)],
            cwd=self.folder,
            env=self.environment | self.copied | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        for name, pattern in COPIED.items():
            if found := pattern.search(done.stdout):
                self.copied[name] = found[1]
        return done.stdout

    def _here(self, script: str) -> str:
        for address in ADDRESSES:
            script = script.replace(address, self.base_url)
        for name in ("manage.py", "scripts/export_benchmarks.py"):
            command = shlex.join([sys.executable, str(ROOT / name)])
            script = script.replace(f"./{name}", command).replace(f"python3 {name}", command)
        return re.sub(r"\bcurl ", "curl --fail-with-body ", script)  # a refusal is no success

    def write(self, name: str, content: str | bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def install(self, folder: str) -> None:
        """What pip does with the page's distribution, without asking a registry for a build tool."""
        project = tomllib.loads((self.folder / folder / "pyproject.toml").read_text())["project"]
        name = f"{folder}/{project['name'].replace('-', '_')}-{project['version']}.dist-info"
        self.write(f"{name}/METADATA", f"Name: {project['name']}\nVersion: {project['version']}\n")
        for group, points in project["entry-points"].items():
            lines = [f"[{group}]", *(f"{key} = {value}" for key, value in points.items())]
            self.write(f"{name}/entry_points.txt", "\n".join(lines))

    def follow(self, page: Path, *, given: Mapping[str, str] | None = None) -> list[str]:
        """Write its files and run its commands, in its order; what each block of commands printed."""
        said = []
        for block in blocks(page):
            if block.use is Use.FILE:
                self.write(block.argument, block.content)
            elif block.use is Use.RUN:
                extra = dict(given or {})
                if block.argument:
                    self.install(block.argument)
                    extra["PYTHONPATH"] = str(self.folder / block.argument)
                said.append(self.do(block.content, **extra))
        return said
