from __future__ import annotations

import json
from pathlib import Path

from libs.common.bus import topology
from libs.common.bus.rabbit.topology import BINDINGS, QUEUE_ARGUMENTS, definitions, subscription_arguments

DEFINITIONS = Path(__file__).parents[5] / "deploy" / "rabbitmq" / "definitions.json"


def test_each_command_has_a_queue_named_after_its_service() -> None:
    assert topology.QUEUES["exporter.export.request"] == "export.request"
    assert len(topology.QUEUES) == len(topology.SERVICE_OF_COMMAND)
    assert all(name.endswith(f".{command}") for name, command in topology.QUEUES.items())


def test_each_queue_and_the_subscriptions_have_dead_letters() -> None:
    assert set(topology.DEAD_QUEUES) == {f"{name}.dead" for name in [*topology.QUEUES, "subscriptions"]}


def test_work_queues_lose_nothing_when_they_give_up() -> None:
    bound = {(exchange, key) for exchange, key, _ in BINDINGS}
    for arguments in [*(QUEUE_ARGUMENTS[name] for name in topology.QUEUES), subscription_arguments()]:
        assert arguments["x-queue-type"] == "quorum"
        assert arguments["x-delivery-limit"] == 4  # so that the fifth delivery is the last
        assert arguments["x-dead-letter-strategy"] == "at-least-once"
        assert arguments["x-overflow"] == "reject-publish"
        assert (arguments["x-dead-letter-exchange"], arguments["x-dead-letter-routing-key"]) in bound


def test_definitions_file_says_the_same() -> None:
    """If not: write `json.dumps(definitions(), indent=2)` and a newline to the file."""
    assert DEFINITIONS.read_text(encoding="utf-8") == json.dumps(definitions(), indent=2) + "\n"
