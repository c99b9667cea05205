"""The manifests, without a cluster: valid by schema, confined, and in step with what the code declares."""

from __future__ import annotations

import json
import re

import jsonschema
import kubernetes_validate  # type: ignore[import-untyped, unused-ignore]
import pytest

from libs.common.bus.topology import QUEUES
from libs.common.limits import Limits
from libs.common.settings import Settings
from libs.manage.up import SERVICES
from tests.unit.deploy.manifests import KUBERNETES, OVERLAYS, Manifest, of_kind, pods, rendered

VERSION = "1.31"
"""The oldest that is supported upstream is newer."""
CUSTOM = {path.stem: json.loads(path.read_text()) for path in (KUBERNETES / "schemas").glob("*.json")}
SECRET = re.compile(r"PASSWORD|TOKEN|SECRET|ACCESS_KEY|AMQP_URL|MONGO_URI")


@pytest.fixture(scope="module", params=OVERLAYS)
def manifests(request: pytest.FixtureRequest) -> list[Manifest]:
    return rendered(request.param)


def test_every_manifest_is_valid(manifests: list[Manifest]) -> None:
    for one in manifests:
        if one["kind"] in CUSTOM:
            jsonschema.Draft202012Validator(CUSTOM[one["kind"]]).validate(one)
        else:
            kubernetes_validate.validate(one, VERSION, strict=True)


def test_schemas_refuse_what_is_misspelled(manifests: list[Manifest]) -> None:
    for kind, schema in CUSTOM.items():
        for one in of_kind(manifests, kind).values():
            misspelled = one | {"spec": one["spec"] | {"replica": 1}}
            assert not jsonschema.Draft202012Validator(schema).is_valid(misspelled)


def test_pods_of_operators_are_valid_too(manifests: list[Manifest]) -> None:
    for name, template in pods(manifests):
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": template["spec"]}
        kubernetes_validate.validate(pod, VERSION, strict=True)


def test_pods_may_do_no_more_than_they_need(manifests: list[Manifest]) -> None:
    """As the Pod Security Standard `restricted` asks, and a read-only root besides."""
    for _, template in pods(manifests):
        spec = template["spec"]
        assert spec["securityContext"]["runAsNonRoot"]
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not spec["automountServiceAccountToken"]
        for container in spec["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert {"requests", "limits"} <= container["resources"].keys()
            assert "memory" in container["resources"]["limits"]
            assert {"readinessProbe", "livenessProbe"} <= container.keys()
            assert re.search(r":[\w.]+$", container["image"]), "an image without a version"
            mounted = {mount["name"] for mount in container["volumeMounts"]}
            assert mounted == {volume["name"] for volume in spec["volumes"]}


def test_each_service_is_deployed_with_a_budget_and_drains(manifests: list[Manifest]) -> None:
    deployments, budgets = of_kind(manifests, "Deployment"), of_kind(manifests, "PodDisruptionBudget")
    assert deployments.keys() == budgets.keys() == set(SERVICES)
    for name, deployment in deployments.items():
        spec = deployment["spec"]
        assert "replicas" not in spec  # or each `apply` would undo the autoscaler's work
        assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
        assert spec["template"]["spec"]["terminationGracePeriodSeconds"] > Limits().drain_seconds
        assert spec["selector"] == budgets[name]["spec"]["selector"]


def test_each_service_has_its_settings(manifests: list[Manifest]) -> None:
    """Lists of sources are replaced, not merged, where patches meet."""
    for deployment in of_kind(manifests, "Deployment").values():
        [container] = deployment["spec"]["template"]["spec"]["containers"]
        [shared, secret] = container["envFrom"]
        assert shared["configMapRef"]["name"].startswith("entrepot-")
        assert secret == {"secretRef": {"name": "entrepot"}}


def test_only_those_have_a_secret_who_need_it(manifests: list[Manifest]) -> None:
    holders: dict[str, set[str]] = {}
    for name, template in pods(manifests):
        for entry in template["spec"]["containers"][0].get("env", []):
            holders.setdefault(entry["name"], set()).add(name)
    assert holders["ENTREPOT_ADMIN_TOKEN"] == {"gateway"}
    assert holders["EXPERIMENT_MONGO_URI"] == {"importer"}
    assert holders["RAY_AUTH_TOKEN"] == {"importer", "benchmarks", "head", "experiments"}
    assert holders.get("AMQP_URL", set()) <= set(SERVICES)


def test_no_secret_is_written_down(manifests: list[Manifest]) -> None:
    assert not of_kind(manifests, "Secret")
    for _, template in pods(manifests):
        for entry in template["spec"]["containers"][0].get("env", []):
            assert "valueFrom" in entry or not SECRET.search(entry["name"])


def test_settings_are_ones_that_services_know(manifests: list[Manifest]) -> None:
    [settings] = of_kind(manifests, "ConfigMap").values()
    known = {name.upper() for name in [*Settings.model_fields, *Limits.model_fields]}
    assert settings["data"].keys() <= known
    assert not [name for name in settings["data"] if SECRET.search(name)]


def test_each_queue_scales_the_service_that_works_on_it(manifests: list[Manifest]) -> None:
    scaled = {
        trigger["metadata"]["queueName"]: one["spec"]["scaleTargetRef"]["name"]
        for one in of_kind(manifests, "ScaledObject").values()
        for trigger in one["spec"]["triggers"]
    }
    assert scaled == {queue: queue.split(".")[0] for queue in QUEUES}


def test_nothing_is_reached_unless_a_policy_says_so(manifests: list[Manifest]) -> None:
    policies = of_kind(manifests, "NetworkPolicy")
    denied = policies["deny-all"]["spec"]
    assert denied == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    reached = {rule["port"] for part in policies["experiments"]["spec"]["egress"] for rule in part["ports"]}
    assert reached == {443, 8080, 27017}  # neither broker nor an unencrypted storage
