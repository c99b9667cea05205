from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.archive.names import MAX_COMPONENT, MAX_DEPTH, MAX_NAME, check_name, decode_name
from libs.common.archive.problems import Broken


def codes(name: str) -> list[str]:
    return [problem.code for problem in check_name(name)]


@pytest.mark.parametrize(
    "name", ["a", "a/b.py", "a/", ".gitignore", "..a", "größe/日本.txt", "ab:c", "com10", "x y"]
)
def test_ordinary_names(name: str) -> None:
    assert codes(name) == []


def test_a_name_is_told_all_its_faults() -> None:
    assert codes("/../aux\\\n") == ["absolute-name", "backslash", "control-character", "parent-folder"]


def test_problem_shows_the_name_escaped() -> None:
    (problem,) = check_name("a\x1b[31m")

    assert problem.path == r"a\x1b[31m"
    assert problem.remedy


@pytest.mark.parametrize(
    "device", ["con", "PRN", "Aux.py", "NUL.tar.gz", "com1", "LPT9.txt", "conin$", "nul .txt", "com²"]
)
def test_devices_in_any_part(device: str) -> None:
    assert codes(f"a/{device}") == codes(f"{device}/a") == ["device-name"]


def test_longest_names() -> None:
    part = "x" * (MAX_COMPONENT - 1)
    longest = "/".join([part] * 4) + "/xxxx"

    assert len(longest) == MAX_NAME
    assert codes(longest) == []
    assert codes(longest + "x") == ["name-too-long"]
    assert codes(part + "x") == []
    assert codes(part + "xx") == ["name-too-long"]


def test_deepest_names() -> None:
    assert codes("/".join("a" * MAX_DEPTH)) == []
    assert codes("/".join("a" * MAX_DEPTH) + "/") == []
    assert codes("/".join("a" * MAX_DEPTH) + "/a") == ["too-deep"]


@given(name=st.text(max_size=30))
def test_any_text_is_judged(name: str) -> None:
    check_name(name.encode(errors="ignore").decode())


@pytest.mark.parametrize(
    ("raw", "says_utf8", "host", "name"),
    [
        (b"a.txt", False, 0, "a.txt"),
        ("ü".encode(), True, 0, "ü"),
        ("ü".encode(), False, 3, "ü"),
        ("ü".encode(), False, 19, "ü"),
        ("ü".encode(), False, 0, "├╝"),
        (b"\x81", False, 0, "ü"),
        (b"\x81", False, 3, "ü"),
    ],
)
def test_decoding(raw: bytes, says_utf8: bool, host: int, name: str) -> None:
    assert decode_name(raw, says_utf8=says_utf8, host=host, unicode_path=None) == name


def test_flag_must_be_true() -> None:
    with pytest.raises(Broken, match="UTF-8"):
        decode_name(b"\x81", says_utf8=True, host=0, unicode_path=None)


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (b"a.txt", "a.txt"),
        (b"f\x81r.txt", "für.txt"),
        (b"f#U00fcr.txt", "für.txt"),
        (b"?/?.txt", "日/本.txt"),
        (b"a_b_c", "aübüc"),
    ],
)
def test_unicode_path_is_taken(raw: bytes, path: str) -> None:
    assert decode_name(raw, says_utf8=False, host=0, unicode_path=path) == path


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (b"a.txt", "b.txt"),
        (b"a.txt", "A.txt"),
        (b"a_b", "aüc"),
        (b"a_b", "büb"),
        (b"a_b_c", "aüxüc"),
        (b"a/b", "aüb"),
        (b"a", "aüa"),
        (b"..", "ü/ü"),
    ],
)
def test_unicode_path_that_names_another_file(raw: bytes, path: str) -> None:
    with pytest.raises(Broken, match="two different names"):
        decode_name(raw, says_utf8=False, host=0, unicode_path=path)
