"""A platform as it is after years: 500 experiments and 10,000 jobs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from libs.common.database.client import Database
from libs.common.database.collections import EXPERIMENTS_CONFIG, JOBS
from libs.common.jobs.model import Job, JobState, Requester, Role
from libs.common.registry import Bundle, Platform, Registered
from tests.integration.services.gateway.house import DIGEST, NOW

EXPERIMENTS, JOB_COUNT = 500, 10_000


async def fill(database: Database) -> None:
    await database[EXPERIMENTS_CONFIG].insert_many([registered(number) for number in range(EXPERIMENTS)])
    await database[JOBS].insert_many([job_of(number).as_document() for number in range(JOB_COUNT)])


def registered(number: int) -> dict[str, Any]:
    slug = f"e{number:05}"
    bundle = Bundle(key=f"{slug}/runtime-1.zip", sha256=DIGEST, size=1234)
    platform = Platform(revision=3, digest=DIGEST, bundle=bundle, author="ana@example.org", updated_at=NOW)
    return Registered(
        slug=slug, manifest={"name": slug}, platform=platform, runtime_s3_uri=f"file:///{bundle.key}"
    ).as_document()


def job_of(number: int, **fields: Any) -> Job:
    email = fields.pop("email", f"u{number % 7}@example.org")
    given: dict[str, Any] = {
        "kind": "export.request",
        "subject": f"e{number % EXPERIMENTS:05}",
        "input": {"slug": "x", "kind": "docker"},
        "state": JobState.FAILED if number % 100 == 0 else JobState.SUCCEEDED,
        "result": None,
    }
    if number % 100:
        given["result"] = {"slug": "x", "kind": "docker", "message": "done", "estimate": None, "file_size": 1}
    requester = Requester(email=email, role=Role.DEVELOPER)
    now = datetime.now(UTC)
    return Job(**(given | fields), requester=requester, not_before=now, created_at=now)
