"""A terminal with a platform that has its answers ready."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from entrepot_client.commands.app import app
from typer.testing import CliRunner


@dataclass
class Done:
    status: int
    output: str
    complaints: str

    def json(self) -> Any:
        return json.loads(self.output)


@dataclass
class Terminal:
    """Where commands are typed; `answers` are the platform's."""

    answers: dict[str, list[httpx.Response | Exception]] = field(default_factory=dict)

    def type(self, *arguments: str, typed: str | None = None) -> Done:
        done = CliRunner().invoke(app, list(arguments), input=typed)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Done(done.exit_code, done.stdout, done.stderr)

    def answer(self, request: str, content: Mapping[str, Any] | httpx.Response | Exception) -> None:
        answer = httpx.Response(200, json=dict(content)) if isinstance(content, Mapping) else content
        self.answers.setdefault(request, []).append(answer)
