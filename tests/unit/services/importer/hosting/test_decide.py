from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from libs.common.events.imports import StopReason
from libs.common.hosting import Hosting, HostingState
from services.importer.hosting.decide import RETRY, Entry, Start, decide

NOW = datetime(2030, 1, 1, tzinfo=UTC)
ADDRESS = "http://127.0.0.1:1"


def entry(**changed: Any) -> Entry:
    return replace(Entry(slug="click", revision=2, author="dev@example.com", is_active=True), **changed)


def hosting(**fields: Any) -> Hosting:
    return Hosting(**({"slug": "click", "since": NOW, "tried": 2} | fields))


RUNNING = hosting(state=HostingState.RUNNING, address=ADDRESS, revision=2)


def test_a_new_version_starts_at_once() -> None:
    assert decide(entry(), None, NOW) is Start.NEW_VERSION
    assert decide(entry(revision=3), RUNNING, NOW) is Start.NEW_VERSION


def test_examples_wait_for_the_first_request() -> None:
    example = entry(author="examples")
    assert decide(example, None, NOW) is None
    assert decide(example, hosting(tried=None), NOW) is None
    assert decide(example, hosting(tried=None, wanted_at=NOW), NOW) is Start.NEW_VERSION


def test_what_is_stopped_starts_on_request_only() -> None:
    assert decide(entry(), hosting(), NOW) is None
    assert decide(entry(), hosting(wanted_at=NOW), NOW) is Start.WANTED


def test_what_runs_is_left_alone() -> None:
    assert decide(entry(), RUNNING, NOW) is None
    assert decide(entry(), RUNNING.model_copy(update={"wanted_at": NOW}), NOW) is None


def test_a_failed_start_is_repeated_on_request_and_not_too_often() -> None:
    failed = hosting(state=HostingState.FAILED, wanted_at=NOW)
    assert decide(entry(), failed, NOW) is None
    assert decide(entry(), failed, NOW + RETRY) is Start.WANTED
    assert decide(entry(), failed.model_copy(update={"wanted_at": None}), NOW + RETRY) is None


def test_what_a_dead_supervisor_began_is_begun_again() -> None:
    assert decide(entry(), hosting(state=HostingState.STARTING), NOW) is Start.RESUMED


@pytest.mark.parametrize("state", [HostingState.RUNNING, HostingState.FAILED])
def test_an_operators_stop_lasts(state: HostingState) -> None:
    off = hosting(state=state, address=ADDRESS, off_revision=2)
    assert decide(entry(), off, NOW) is StopReason.OPERATOR
    at_rest = hosting(off_revision=2, wanted_at=NOW)
    assert decide(entry(), at_rest, NOW + timedelta(days=1)) is None


def test_a_stop_during_the_start_of_an_earlier_version_stops_the_newest() -> None:
    starting = hosting(state=HostingState.RUNNING, address=ADDRESS, tried=1, off_revision=2)
    assert decide(entry(revision=2), starting, NOW) is StopReason.OPERATOR


def test_a_new_version_ends_an_operators_stop() -> None:
    assert decide(entry(revision=3), hosting(off_revision=2), NOW) is Start.NEW_VERSION


@pytest.mark.parametrize("gone", [None, entry(is_active=False)])
def test_what_is_not_registered_or_not_active_is_stopped(gone: Entry | None) -> None:
    assert decide(gone, RUNNING, NOW) is StopReason.UNREGISTERED
    assert decide(gone, hosting(), NOW) is StopReason.UNREGISTERED
    assert decide(gone, None, NOW) is None
