"""Machines without names of hosts."""

from __future__ import annotations

import socket

from services.benchmarks.results.machine import library_versions, this_machine
from tests.unit.services.benchmarks.results.results import LAPTOP, SERVER


def test_fingerprints_tell_machines_apart() -> None:
    assert LAPTOP.fingerprint != SERVER.fingerprint
    assert LAPTOP.fingerprint == LAPTOP.model_copy().fingerprint
    assert LAPTOP.fingerprint != LAPTOP.model_copy(update={"cores": 4}).fingerprint


def test_this_machine() -> None:
    machine = this_machine()
    assert machine.cores >= 1
    assert machine.processor
    assert machine.python.startswith("3.")
    assert socket.gethostname() not in machine.model_dump_json()


def test_versions_name_what_decides_results() -> None:
    assert {"numpy", "ortools"} <= library_versions().keys()
