"""Requirements, merged by their meaning."""

from __future__ import annotations

import pytest

from services.exporter.requirements import merge_requirements, requirement_lines

BASE = ["fastapi==0.121.3", "ray[default]==2.60.0"]


def merged(*wanted: str) -> list[str]:
    return [line for line in merge_requirements(BASE, wanted).lines if line not in BASE]


def test_the_base_alone_is_itself() -> None:
    result = merge_requirements(BASE, [])
    assert (list(result.lines), list(result.warnings)) == (BASE, [])


@pytest.mark.parametrize("wanted", ["fastapi", "FastAPI>=0.100", "fastapi<1", "ray[default]", "ray>=2,<3"])
def test_what_the_base_satisfies_changes_nothing(wanted: str) -> None:
    result = merge_requirements(BASE, [wanted])
    assert (list(result.lines), list(result.warnings)) == (BASE, [])


@pytest.mark.parametrize("wanted", ["fastapi>=0.130", "ray==2.55", "ray @ https://example.com/ray.whl"])
def test_a_contradiction_is_reported_and_the_base_stays(wanted: str) -> None:
    result = merge_requirements(BASE, [wanted])
    assert list(result.lines) == BASE
    assert len(result.warnings) == 1
    assert "contradicts" in result.warnings[0]


def test_extras_are_joined() -> None:
    assert merged("ray[data]") == ["ray[data,default]==2.60.0"]


def test_one_package_is_one_line() -> None:
    assert merged("numpy>=2", "NumPy<3", "numpy[extra]") == ["numpy[extra]<3,>=2"]


def test_markers_keep_lines_apart() -> None:
    assert merged('httpx; python_version < "3.12"', "httpx>=1") == [
        "httpx>=1",
        'httpx; python_version < "3.12"',
    ]


def test_the_order_of_lines_does_not_count() -> None:
    assert merged("numpy>=2", "httpx") == merged("httpx", "numpy>=2") == ["httpx", "numpy>=2"]


@pytest.mark.parametrize(
    "line", ["-r other.txt", "--index-url https://example.com", "-e .", "numpy = 2", "./wheel"]
)
def test_what_is_no_requirement_is_reported(line: str) -> None:
    result = merge_requirements(BASE, [line])
    assert list(result.lines) == BASE
    assert line in result.warnings[0]


def test_lines_are_read_as_pip_reads_them() -> None:
    text = "\ufeff# all of it\r\nhttpx>=1 # the client\r\n\r\nnumpy \\\r\n  >=2\nx @ https://example.com/#egg=x\n"
    assert list(requirement_lines(text)) == ["httpx>=1", "numpy    >=2", "x @ https://example.com/#egg=x"]


def test_hashes_do_not_hinder() -> None:
    assert merged("httpx==1.0 --hash=sha256:abc") == ["httpx==1.0"]
