from __future__ import annotations

from itertools import pairwise

from libs.common.bus import DELIVERY_LIMIT
from libs.common.bus.retries import reason_of, retry_seconds
from libs.common.errors import InvalidInput


def test_pauses_grow_and_outlast_an_election() -> None:
    pauses = [retry_seconds(delivery) for delivery in range(1, DELIVERY_LIMIT)]

    assert all(later == 2 * earlier for earlier, later in pairwise(pauses))
    assert 3 < sum(pauses) < 10


def test_reason_quotes_only_our_own_errors() -> None:
    assert reason_of(InvalidInput("no slug")) == "failed 5 times, the last time with InvalidInput: no slug"
    assert reason_of(RuntimeError("password=secret")) == "failed 5 times, the last time with RuntimeError"
