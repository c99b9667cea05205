from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from libs.common.events.envelope import new_id
from libs.common.limits import Limits
from libs.common.retention import in_words, spare
from libs.common.retention.jobs import first_id_at


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(3600, "1 hour"), (24 * 3600, "24 hours"), (36 * 3600, "1.5 days"), (30 * 86400, "30 days")],
)
def test_ages_read_well(seconds: int, words: str) -> None:
    assert in_words(seconds) == words


def test_ids_made_before_and_after_a_moment_lie_on_either_side_of_it() -> None:
    before = new_id()
    assert before >= first_id_at(datetime.now(UTC) - timedelta(seconds=1))
    assert before < first_id_at(datetime.now(UTC) + timedelta(seconds=1))
    assert uuid.UUID(first_id_at(datetime.now(UTC))).version == 7


def test_what_is_spared_outlives_any_job() -> None:
    limits = Limits(job_deadline_seconds=60)
    assert spare(limits).total_seconds() > limits.job_deadline_seconds
