"""No regular expression takes long on what strangers may send (CWE-1333).

Each is tried on long texts that are made of what it speaks of. What needs more than linear time would take minutes on
them, and is stopped by a bound on the processor time of this process, which no load of the machine uses up.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from services.gateway.prefer import LONGEST_VALUE
from tests.security.patterns import Pattern, patterns

LENGTH = 50_000
CPU_SECONDS = 1.0
"""A linear search through so much takes about a millisecond, a quadratic one several seconds, others for ever."""
UNITS = 30
ALPHABET = "a0_-./ \t\n\"'\\%{}()<>=,;:#&@*$|[]~!?+A"
BOUNDED = {"services/gateway/prefer._PREFERENCE": LONGEST_VALUE}
"""Where our code looks at no longer text than that."""
OF_OURS = {
    "services/gateway/pages/benchmarks/charts._LIGHT": "reads our own style sheet",
    "services/gateway/documents/openapi.VARIABLE": "reads our own routes",
    "services/gateway/documents/openapi:107": "reads our own routes",
}

FOUND = [pattern for pattern in patterns() if pattern.where not in OF_OURS]


@contextmanager
def cpu_bound(what: str) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise AssertionError(f"{what} takes too long")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, CPU_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def attacks(pattern: Pattern) -> Iterator[str]:
    """Repetitions of the signs and words in the pattern and of pairs of them, each with an end that fits nowhere."""
    written = pattern.compiled.pattern
    source = written.decode("latin-1") if isinstance(written, bytes) else written
    length = BOUNDED.get(pattern.where, LENGTH)
    words = sorted(set(re.findall(r"[a-zA-Z]{2,}", source)))
    signs = [sign for sign in ALPHABET if sign in source or sign in "a0 -"]
    pairs = [left + right for left in signs for right in signs if left < right]
    for unit in [*signs, *words, *pairs][:UNITS]:
        repeated = unit * (length // len(unit))
        yield f"{repeated}\x01"
        yield f"\x01{repeated}"
    for start in words[:UNITS]:
        yield start + " " * length + "\x01"


def test_there_are_as_many_as_we_think() -> None:
    assert len(FOUND) > 30


@pytest.mark.parametrize("pattern", FOUND, ids=lambda pattern: pattern.where)
def test_it_is_linear(pattern: Pattern) -> None:
    try_all(pattern)


def try_all(pattern: Pattern) -> None:
    """Raises: AssertionError, naming what takes too long."""
    methods = pattern.methods or {"fullmatch"}
    for attack in attacks(pattern):
        text = attack.encode("latin-1") if isinstance(pattern.compiled.pattern, bytes) else attack
        for method in methods:
            with cpu_bound(f"{pattern.where}.{method} on {attack[:20]!r}…"):
                _apply(pattern, method, text)


def _apply(pattern: Pattern, method: str, text: Any) -> None:
    compiled: Any = pattern.compiled
    match method:
        case "sub" | "subn":
            compiled.sub(text[:0], text)
        case "finditer":
            for _ in compiled.finditer(text):
                pass
        case _:
            getattr(compiled, method)(text)


def test_what_is_not_linear_is_noticed() -> None:
    pattern = Pattern("bad", re.compile(r"\s+$"), frozenset({"search"}))
    with pytest.raises(AssertionError, match="takes too long"):
        try_all(pattern)
