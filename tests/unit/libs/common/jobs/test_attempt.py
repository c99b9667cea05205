from __future__ import annotations

from libs.common.jobs.attempt import RETRY_LONGEST_SECONDS, retry_delay


def test_the_delay_grows_and_has_an_end() -> None:
    for failures, least in enumerate([2, 10, 50, 250]):
        assert least <= retry_delay(failures) <= least * 1.5
    for failures in (4, 13, 1_000):
        assert RETRY_LONGEST_SECONDS <= retry_delay(failures) <= RETRY_LONGEST_SECONDS * 1.5
