"""The process that starts the local Ray and ends it: run as a file, with its parameters as JSON in its argument.

It says where Ray is in one line of JSON on standard output. Nothing of ours is imported, as its environment, which all
workers inherit, holds nothing of ours either.
"""

from __future__ import annotations

import json
import signal
import sys

import ray


def main(parameters: str) -> None:
    ray.init(
        address="local",
        include_dashboard=False,
        log_to_driver=False,
        configure_logging=False,
        **json.loads(parameters),
    )
    print(json.dumps({"address": ray.get_runtime_context().gcs_address}), flush=True)  # noqa: T201  (for the owner)
    signal.pause()  # Ray's own handler of SIGTERM ends this process, and with it all others


if __name__ == "__main__":
    main(sys.argv[1])
