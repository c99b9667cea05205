from __future__ import annotations

import os
from pathlib import Path

from libs.common.home_lock import Role, claim, holder_of, lock_file


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    with lock_file(tmp_path) as first, lock_file(tmp_path) as second:
        assert claim(first, Role.UP)
        assert not claim(second, Role.COMMAND)


def test_the_holder_is_known_by_pid_and_role(tmp_path: Path) -> None:
    with lock_file(tmp_path) as lock, lock_file(tmp_path) as reader:
        claim(lock, Role.SERVE)
        holder = holder_of(reader)
        assert holder is not None
        assert (holder.pid, holder.role) == (os.getpid(), Role.SERVE)
        assert str(holder) == f"`serve` (process {os.getpid()})"


def test_a_lock_that_was_left_has_no_holder(tmp_path: Path) -> None:
    with lock_file(tmp_path) as lock:
        claim(lock, Role.UP)
    with lock_file(tmp_path) as lock:
        assert holder_of(lock) is None
        assert claim(lock, Role.UP)


def test_readers_do_not_take_each_other_for_a_holder(tmp_path: Path) -> None:
    with lock_file(tmp_path) as first, lock_file(tmp_path) as second:
        assert holder_of(first) is None
        assert holder_of(second) is None
        assert claim(second, Role.UP)


def test_a_holder_that_has_just_come_is_not_named_yet(tmp_path: Path) -> None:
    with lock_file(tmp_path) as lock, lock_file(tmp_path) as reader:
        claim(lock, Role.UP)
        os.ftruncate(lock, 0)
        assert holder_of(reader) is None


def test_a_shorter_name_replaces_a_longer_one(tmp_path: Path) -> None:
    for role in (Role.COMMAND, Role.UP):
        with lock_file(tmp_path) as lock, lock_file(tmp_path) as reader:
            claim(lock, role)
            holder = holder_of(reader)
            assert holder is not None
            assert holder.role is role


def test_the_home_is_made_and_its_lock_is_private(tmp_path: Path) -> None:
    home = tmp_path / "a" / "b"
    with lock_file(home):
        assert (home / "lock").stat().st_mode & 0o777 == 0o600
