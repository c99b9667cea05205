from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.events import ring
from services.gateway.events.ring import Ring

from .entries import entry


def filled(count: int, *, head: int = 0, size: int = 10) -> Ring:
    made = Ring(head)
    for number in range(head + 1, head + count + 1):
        made.push(entry(number, body=b"x" * size))
    return made


def numbers(made: Ring, after: int) -> list[int]:
    return [each.number for each in made.after(after)]


@given(head=st.integers(0, 1000), count=st.integers(0, 50), behind=st.integers(0, 50))
def test_it_gives_all_after_a_number_in_order(head: int, count: int, behind: int) -> None:
    made = filled(count, head=head)
    after = max(made.floor, made.head - behind)
    assert numbers(made, after) == list(range(after + 1, head + count + 1))


def test_it_forgets_the_oldest_beyond_its_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ring, "RING_EVENTS", 5)
    made = filled(12)
    assert (made.floor, made.head, numbers(made, made.floor)) == (7, 12, [8, 9, 10, 11, 12])

    monkeypatch.setattr(ring, "RING_BYTES", 25)
    made.push(entry(13, body=b"x" * 10))
    assert numbers(made, made.floor) == [12, 13]


def test_a_single_event_larger_than_the_ring_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ring, "RING_BYTES", 5)
    assert numbers(filled(1), 0) == [1]


def test_what_is_given_at_once_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ring, "BATCH_BYTES", 25)
    made = filled(10)
    assert numbers(made, 0) == [1, 2, 3]
    assert numbers(made, 8) == [9, 10]


def test_it_begins_anew_after_a_jump() -> None:
    made = filled(3)
    made.push(entry(100))
    made.push(entry(101))
    assert (made.floor, numbers(made, 99)) == (99, [100, 101])
