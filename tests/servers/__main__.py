"""`make servers`: brings the servers that the suites start, so that a missing one is known before the tests."""

from __future__ import annotations

import sys

from libs.common.database.mongod import find_mongod
from libs.common.errors import EntrepotError
from tests.servers.binaries import GIVEN, ServerMissing, find_binary
from tests.servers.browser import find_browser
from tests.servers.mariadb import find_programs
from tests.servers.prometheus import find_program
from tests.servers.rabbitmq_package import ensure_rabbitmq


def main() -> int:
    try:
        if "MONGO_URI" not in GIVEN:
            find_mongod()
        if "AMQP_URL" not in GIVEN:
            ensure_rabbitmq()
        if "MARIADB_URL" not in GIVEN:
            find_programs()
        find_browser()
        find_program("promtool")
        find_binary("rclone", "install the `dev` dependency group")
    except (ServerMissing, EntrepotError) as error:
        print(f"The tests cannot run here: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
