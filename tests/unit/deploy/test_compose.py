"""`docker-compose.yml` and `.env.example`, without a daemon."""

from __future__ import annotations

import re
import subprocess
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped, unused-ignore]

from libs.common.limits import Limits
from libs.common.settings import Settings
from libs.manage.up import SERVICES
from tests.servers.binaries import find_binary
from tests.servers.entrepot import ROOT

COMPOSE = ROOT / "docker-compose.yml"
EXAMPLE = ROOT / ".env.example"
REMEDY = "install the `dev` dependency group"
USED = re.compile(r"(?<!\$)\$\{([A-Z_0-9]+)([^}]*)\}")
SECRET = re.compile(r"PASSWORD|TOKEN|SECRET|ACCESS_KEY")
OTHERS = {"RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "OTEL_EXPORTER_OTLP_ENDPOINT", "ENTREPOT_ADMIN_TOKEN"}
"""Variables of the services that are no fields of the settings by that name."""

STACK: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())
PARTS: dict[str, dict[str, Any]] = STACK["services"]
USES = USED.findall(COMPOSE.read_text())


def test_it_follows_the_specification() -> None:
    command = [
        find_binary("check-jsonschema", REMEDY),
        "--builtin-schema",
        "vendor.compose-spec",
        str(COMPOSE),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_example_names_every_variable_and_no_other() -> None:
    named = re.findall(r"^([A-Z_0-9]+)=", EXAMPLE.read_text(), re.MULTILINE)
    assert len(named) == len(set(named))
    assert set(named) == {name for name, _ in USES}


def test_secrets_are_required_and_have_no_default() -> None:
    """Save for what is not there without its password."""
    secrets = {name for name, _ in USES if SECRET.search(name)}
    defaults = {
        rest for name, rest in USES if name in secrets and rest not in ("", ":-") and rest[:2] != ":?"
    }
    required = {name for name, rest in USES if rest.startswith(":?")}
    assert not defaults
    assert secrets - required == {"RABBITMQ_SUBSCRIBER_PASSWORD"}
    assert required <= secrets
    for name in secrets:
        assert re.search(rf"^{name}=$", EXAMPLE.read_text(), re.MULTILINE), (
            f"{name} has a value in the example"
        )


def test_defaults_are_those_of_the_example() -> None:
    example = dict(re.findall(r"^([A-Z_0-9]+)=(.+)$", EXAMPLE.read_text(), re.MULTILINE))
    for name, rest in USES:
        if rest.startswith(":-") and rest != ":-":
            assert example[name] == rest.removeprefix(":-"), name


def test_only_the_gateway_is_published_unless_dashboards_are_wanted() -> None:
    published = {name: part["ports"] for name, part in PARTS.items() if "ports" in part}
    assert published.keys() == {"gateway", "grafana"}
    assert PARTS["grafana"]["profiles"] == ["monitoring"]
    assert all(
        port.startswith(("127.0.0.1:", "${GATEWAY_HOST:-127.0.0.1}:"))
        for ports in published.values()
        for port in ports
    )


def test_experiments_may_have_an_origin_of_their_own() -> None:
    """The port inside is the one that the gateway listens on once the origin is named."""
    gateway = PARTS["gateway"]
    assert gateway["environment"]["EXPERIMENTS_ORIGIN"] == "${EXPERIMENTS_ORIGIN:-}"
    assert gateway["ports"][1].endswith(f":{gateway['environment']['EXPERIMENTS_PORT']}")


@pytest.mark.parametrize("name", PARTS)
def test_every_part_is_confined(name: str) -> None:
    part = PARTS[name]
    assert part["read_only"]
    assert part["cap_drop"] == ["ALL"]
    assert part["security_opt"] == ["no-new-privileges:true"]
    assert {"mem_limit", "pids_limit", "logging"} <= part.keys()
    assert "privileged" not in part


@pytest.mark.parametrize("name", SERVICES)
def test_services_have_time_to_drain(name: str) -> None:
    assert int(PARTS[name]["stop_grace_period"].removesuffix("s")) > Limits().drain_seconds


@pytest.mark.parametrize("name", SERVICES)
def test_services_are_given_settings_that_they_know(name: str) -> None:
    known = {field.upper() for field in [*Settings.model_fields, *Limits.model_fields]} | OTHERS
    assert PARTS[name]["environment"].keys() <= known


def test_experiments_share_no_network_with_broker_and_storage() -> None:
    for name in ("ray-head", "ray-worker"):
        assert PARTS[name]["networks"] == ["experiments"]
    for name in ("rabbitmq", "s3"):
        assert PARTS[name]["networks"] == ["platform"]


def test_what_is_mounted_from_here_exists() -> None:
    sources = [
        volume.split(":")[0]
        for part in PARTS.values()
        for volume in part.get("volumes", [])
        if volume.startswith("./")
    ]
    assert sources
    assert all((ROOT / source).exists() for source in sources)


def test_every_replica_of_every_service_is_scraped() -> None:
    monitoring = ROOT / "deploy" / "monitoring"
    prometheus = yaml.safe_load((monitoring / "prometheus.yml").read_text())
    [services] = [job for job in prometheus["scrape_configs"] if job["job_name"] == "entrepot"]
    [names] = services["dns_sd_configs"]
    assert set(names["names"]) == set(SERVICES)
    assert all((monitoring / rules).is_file() for rules in prometheus["rule_files"])
