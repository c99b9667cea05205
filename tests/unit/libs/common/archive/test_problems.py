from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from libs.common.archive import rulebook
from libs.common.archive.problems import MAX_PROBLEMS, MAX_SHOWN, Findings, printable
from libs.common.archive.rulebook import DUPLICATE, Rule


def test_codes_are_unique_and_fit_into_addresses() -> None:
    codes = [rule.code for rule in vars(rulebook).values() if isinstance(rule, Rule)]

    assert len(codes) == len(set(codes))
    assert all(code.replace("-", "").replace("utf8", "").replace("zip64", "").isalpha() for code in codes)


def test_findings_keep_their_order_and_are_bounded() -> None:
    findings = Findings()
    assert findings.problems() == []
    for number in range(MAX_PROBLEMS + 3):
        findings.add(DUPLICATE, "There twice.", str(number))

    problems = findings.problems()
    assert [problem.path for problem in problems[:3]] == ["0", "1", "2"]
    assert len(problems) == MAX_PROBLEMS + 1
    assert "3 more" in problems[-1].message


@given(name=st.text())
def test_names_are_shown_printable_and_short(name: str) -> None:
    shown = printable(name)

    assert shown.isprintable()
    assert len(shown) <= MAX_SHOWN


def test_escapes() -> None:
    assert printable("a\n\u202eb\ud800") == r"a\n\u202eb\ud800"
    assert printable("größe 日本") == "größe 日本"
