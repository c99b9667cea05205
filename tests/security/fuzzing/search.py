"""One search, in a process that atheris ends itself; arguments: the target, then flags of libFuzzer."""

from __future__ import annotations

import sys

import atheris  # type: ignore[import-not-found,import-untyped,unused-ignore]  # of the group `fuzz`

with atheris.instrument_imports(
    include=["libs", "services", "standalone_data"], enable_loader_override=False
):
    import standalone_data  # noqa: F401  (else it is loaded by its first use, uninstrumented)
    from tests.security.fuzzing.targets import TARGETS


def main() -> None:
    target = TARGETS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
