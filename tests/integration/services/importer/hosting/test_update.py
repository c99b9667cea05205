"""From one version to the next, and back."""

from __future__ import annotations

import json

import pytest

from libs.common.events.imports import ExperimentAction
from libs.common.hosting import HostingState
from libs.common.jobs.model import JobState
from tests.integration.services.importer.hosting.caller import Caller
from tests.integration.services.importer.hosting.samples import sample
from tests.integration.services.importer.hosting.stage import Stage

pytestmark = [pytest.mark.ray, pytest.mark.xdist_group("ray"), pytest.mark.timeout(400)]


async def versions(stage: Stage, slug: str) -> tuple[str, str, int]:
    """Of the routes and of the actor, and how often the actor was initialized."""
    status, body = await stage.get(slug)
    assert status == 200, body
    about = json.loads(body)
    return about["version"], about["actor"]["version"], about["actor"]["initialized"]


async def test_an_update_under_load_fails_no_request(stage: Stage) -> None:
    await stage.put("load", sample("load", "one"))
    await stage.running("load", 1)
    caller = Caller(stage, "load", "/")
    async with caller.calling():
        await stage.put("load", sample("load", "two"))
        await stage.running("load", 2)
        await caller.call()
    assert caller.failures == []
    told = [json.loads(answer) for answer in caller.answers]
    assert {"one", "two"} == {answer["version"] for answer in told}
    assert all(answer["version"] == answer["actor"]["version"] for answer in told)
    print(f"{len(told)} requests, the slowest {caller.slowest:.2f} s")
    assert await versions(stage, "load") == ("two", "two", 1)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"imported": "raise RuntimeError('no such sensor')"}, "RuntimeError: no such sensor"),
        ({"imported": "import sys; sys.exit('I leave')"}, "SystemExit: I leave"),
        ({"constructor": "raise LookupError('no such key')"}, "LookupError: no such key"),
        ({"initialize": "raise LookupError('no such model')"}, "no such model"),
    ],
    ids=["import", "exit", "constructor", "initialize"],
)
async def test_a_version_that_does_not_start_leaves_the_one_before(
    stage: Stage, fault: dict[str, str], reason: str
) -> None:
    await stage.put("kept", sample("kept", "one"))
    await stage.running("kept", 1)
    await stage.put("kept", sample("kept", "two", **fault))
    failed = await stage.failed("kept", 2)
    assert reason in "\n".join(failed.error)
    assert failed.revision == 1
    assert await versions(stage, "kept") == ("one", "one", 1)
    event = await stage.told("kept", "experiment.failed", 2)
    assert event.data["serving_revision"] == 1
    assert reason in "\n".join(event.data["lines"])
    await stage.put("kept", sample("kept", "three"))
    await stage.running("kept", 3)
    assert await versions(stage, "kept") == ("three", "three", 1)


async def test_rollback_restores_code_and_serving(stage: Stage) -> None:
    await stage.put("back", sample("back", "one"))
    await stage.running("back", 1)
    await stage.put("back", sample("back", "two"))
    await stage.running("back", 2)
    job = await stage.ask("back", ExperimentAction.ROLLBACK)
    assert job.state is JobState.SUCCEEDED
    await stage.running("back", 3)
    assert await versions(stage, "back") == ("one", "one", 1)
    started = await stage.told("back", "experiment.started", 3)
    assert started.correlation_id == job.id


async def test_stop_lasts_until_start_and_delete_ends_it(stage: Stage) -> None:
    await stage.put("off", sample("off"))
    await stage.running("off", 1)
    stopped = await stage.ask("off", ExperimentAction.STOP)
    assert stopped.state is JobState.SUCCEEDED
    await stage.hostings.want("off")
    started = await stage.ask("off", ExperimentAction.START)
    assert (started.state, started.result and started.result["revision"]) == (JobState.SUCCEEDED, 1)
    assert await versions(stage, "off") == ("one", "one", 1)
    deleted = await stage.ask("off", ExperimentAction.DELETE)
    assert deleted.state is JobState.SUCCEEDED
    hosting = await stage.hostings.get("off")
    assert hosting is None or hosting.is_at_rest


async def test_starting_what_cannot_start_says_why(stage: Stage) -> None:
    await stage.put("sad", sample("sad", imported="raise RuntimeError('not today')"))
    failed = await stage.failed("sad", 1)
    assert (failed.state, failed.address) == (HostingState.FAILED, None)
    job = await stage.ask("sad", ExperimentAction.START)
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert "not today" in job.error.message


async def test_a_clone_serves_under_its_own_name(stage: Stage) -> None:
    files = sample("first") | {
        "__init__.py": sample("first")["__init__.py"].replace('"first-actor"', '"copy-actor"')
    }
    await stage.put("first", files)
    job = await stage.ask("first", ExperimentAction.CLONE, to="copy")
    assert job.state is JobState.SUCCEEDED, job.error
    await stage.running("copy", 1)
    assert (await versions(stage, "copy"))[0] == "one"
