"""`make fuzz`: all targets in turn, in equal parts of the given time; 1 if one of them was broken."""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.security.fuzzing.seeds import REGRESSIONS, ROOT, seeds
from tests.security.fuzzing.targets import TARGETS

WORK: Final = ROOT / ".cache" / "fuzz"
"""What a search has learnt; the next one goes on from there."""
SLOWEST_SECONDS: Final = 10
"""One input that takes longer counts as a fault: uploads are small here."""
MEMORY_MB: Final = 2_048
COVERED: Final = re.compile(r"^#(\d+)\s.*? cov: (\d+)", re.MULTILINE)
ENDED: Final = re.compile(r"stat::number_of_executed_units:\s*(\d+)")


@dataclass(frozen=True)
class Searched:
    target: str
    executions: int
    coverage: int
    """Edges of our code that were reached."""
    found: list[Path]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", help=f"of {', '.join(TARGETS)}; default: all")
    parser.add_argument("--seconds", type=int, default=600, help="for all targets together")
    given = parser.parse_args()
    targets = given.targets or list(TARGETS)
    if unknown := set(targets) - set(TARGETS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    results = [search(target, max(1, given.seconds // len(targets))) for target in targets]
    for each in results:
        found = ", ".join(map(str, each.found)) or "nothing"
        print(f"{each.target}: {each.executions:,} executions, {each.coverage:,} edges; found: {found}")
    return int(any(each.found for each in results))


def search(target: str, seconds: int) -> Searched:
    """What is found is kept as a regression file, which the suite tries until it is mended, and after."""
    corpus = WORK / target
    corpus.mkdir(parents=True, exist_ok=True)
    for seed in seeds(target):
        (corpus / hashlib.sha256(seed).hexdigest()).write_bytes(seed)
    artifacts = REGRESSIONS / target
    before = set(artifacts.glob("*.bin"))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.security.fuzzing.search", target, str(corpus)),
            *(f"-max_total_time={seconds}", f"-timeout={SLOWEST_SECONDS}", f"-rss_limit_mb={MEMORY_MB}"),
            *(f"-artifact_prefix={corpus.parent}/{target}-", "-print_final_stats=1", "-max_len=65536"),
        ],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'libs' / 'runtime'}"},
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        check=False,
    )
    (WORK / f"{target}.log").write_text(done.stderr)
    for crash in sorted(WORK.glob(f"{target}-*")):
        artifacts.mkdir(parents=True, exist_ok=True)
        crash.rename(artifacts / f"{crash.name}.bin")
    covered, executed = COVERED.findall(done.stderr), ENDED.search(done.stderr)
    return Searched(
        target,
        int(executed[1]) if executed else int(covered[-1][0]) if covered else 0,
        int(covered[-1][1]) if covered else 0,
        sorted(set(artifacts.glob("*.bin")) - before),
    )


if __name__ == "__main__":
    sys.exit(main())
