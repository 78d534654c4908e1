"""What stands in k8s/: valid for the versions of Kubernetes that are used, and the same product as the compose file."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from service.settings import Settings
from tests.architecture.kustomize import Thing, pod, render

ROOT = Path(__file__).parents[2]
OVERLAYS = ("small", "large", "external-database")
#: the oldest that is supported, and the newest whose schemas there are
VERSIONS = ("1.31", kubernetes_validate.latest_version())
COMPOSE = yaml.safe_load((ROOT / "docker-compose-scaled.yml").read_text("utf-8"))["services"]

#: Fields of the custom resources that are used, from their definitions; `{}` is free, a type is a value, `[…]` a list.
NAME = {"name": str}
KEY = {"name": str, "key": str}
POLICIES = [{"type": str, "value": int, "periodSeconds": int}]
SCALING = {"stabilizationWindowSeconds": int, "policies": POLICIES}
CUSTOM: dict[tuple[str, str], Any] = {
    ("postgresql.cnpg.io/v1", "Cluster"): {
        "instances": int,
        "imageCatalogRef": {
            "apiGroup": str,
            "kind": ("ImageCatalog", "ClusterImageCatalog"),
            "name": str,
            "major": int,
        },
        "primaryUpdateStrategy": ("unsupervised", "supervised"),
        "enablePDB": bool,
        "bootstrap": {
            "initdb": {
                "database": str,
                "owner": str,
                "encoding": str,
                "localeProvider": ("builtin", "icu", "libc"),
                "builtinLocale": str,
                "dataChecksums": bool,
                "postInitSQL": [str],
            }
        },
        "postgresql": {"parameters": {"*": str}},
        "storage": {"size": str},
        "walStorage": {"size": str},
        "affinity": {
            "enablePodAntiAffinity": bool,
            "podAntiAffinityType": ("preferred", "required"),
            "topologyKey": str,
        },
        "resources": {"requests": {"*": str}, "limits": {"*": str}},
        "plugins": [{"name": str, "isWALArchiver": bool, "parameters": {"*": str}}],
    },
    ("postgresql.cnpg.io/v1", "Pooler"): {
        "cluster": NAME,
        "type": ("rw", "ro", "r"),
        "instances": int,
        "pgbouncer": {"poolMode": ("session", "transaction"), "parameters": {"*": str}},
    },
    ("postgresql.cnpg.io/v1", "ScheduledBackup"): {
        "schedule": str,
        "backupOwnerReference": ("none", "self", "cluster"),
        "cluster": NAME,
        "method": ("barmanObjectStore", "volumeSnapshot", "plugin"),
        "pluginConfiguration": NAME,
    },
    ("barmancloud.cnpg.io/v1", "ObjectStore"): {
        "retentionPolicy": str,
        "configuration": {
            "destinationPath": str,
            "endpointURL": str,
            "s3Credentials": {"accessKeyId": KEY, "secretAccessKey": KEY},
            "wal": {"compression": ("gzip", "bzip2", "snappy", "zstd", "lz4", "xz")},
            "data": {"compression": ("gzip", "bzip2", "snappy")},
        },
    },
    ("keda.sh/v1alpha1", "TriggerAuthentication"): {"secretTargetRef": [{"parameter": str, **KEY}]},
    ("keda.sh/v1alpha1", "ScaledObject"): {
        "scaleTargetRef": NAME,
        "pollingInterval": int,
        "minReplicaCount": int,
        "maxReplicaCount": int,
        "fallback": {"failureThreshold": int, "replicas": int},
        "advanced": {"horizontalPodAutoscalerConfig": {"behavior": {"scaleDown": SCALING, "scaleUp": SCALING}}},
        "triggers": [{"type": str, "metadata": {"*": str}, "authenticationRef": NAME}],
    },
}


@cache
def objects(overlay: str) -> tuple[Thing, ...]:
    return tuple(render(ROOT / "k8s" / "overlays" / overlay))


@cache
def validate(thing: str, version: str) -> None:
    """Once, although most objects are in every overlay."""
    kubernetes_validate.validate(json.loads(thing), version, strict=True)


def named(overlay: str, kind: str, name: str) -> Thing:
    (found,) = (t for t in objects(overlay) if t["kind"] == kind and t["metadata"]["name"] == name)
    return found


def workloads(overlay: str) -> Iterator[tuple[str, Thing]]:
    """Each object that starts pods, by kind and name, with its pods' form."""
    for thing in objects(overlay):
        if pod(thing):
            yield f"{thing['kind']}/{thing['metadata']['name']}", pod(thing)


def container(overlay: str, kind: str, name: str) -> Thing:
    (found,) = pod(named(overlay, kind, name))["containers"]
    return dict(found)


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
def test_kubectl_reads_the_same(overlay: str) -> None:
    command = ["kubectl", "kustomize", str(ROOT / "k8s" / "overlays" / overlay)]
    written = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout

    def by_name(things: Any) -> dict[str, Thing]:
        return {f"{thing['kind']}/{thing['metadata']['name']}": thing for thing in things}

    assert by_name(objects(overlay)) == by_name(yaml.safe_load_all(written))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_objects_are_valid(overlay: str, version: str) -> None:
    own = [thing for thing in objects(overlay) if (thing["apiVersion"], thing["kind"]) not in CUSTOM]
    assert len(own) > 30
    for thing in own:
        validate(json.dumps(thing, sort_keys=True), version)
    names = [(thing["kind"], thing["metadata"]["name"]) for thing in objects(overlay)]
    assert len(names) == len(set(names))
    assert {t["metadata"].get("namespace") for t in objects(overlay) if t["kind"] != "Namespace"} == {"pdf-compare"}


def unfit(value: Any, form: Any, where: str) -> Iterator[str]:
    """What does not fit a form of `CUSTOM`."""
    if isinstance(form, type):
        if type(value) is not form:
            yield f"{where} is {value!r}, not {form.__name__}"
    elif isinstance(form, tuple):
        if value not in form:
            yield f"{where} is {value!r}, not one of {form}"
    elif isinstance(form, list):
        for number, item in enumerate(value):
            yield from unfit(item, form[0], f"{where}[{number}]")
    else:
        for key, item in value.items():
            if key not in form and "*" not in form:
                yield f"{where}.{key} is not known"
            else:
                yield from unfit(item, form.get(key, form.get("*")), f"{where}.{key}")


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_custom_resources_have_the_form_of_their_definitions(overlay: str) -> None:
    custom = [thing for thing in objects(overlay) if "." in thing["apiVersion"].partition("/")[0]]
    custom = [thing for thing in custom if not re.search(r"k8s\.io/", thing["apiVersion"])]
    for thing in custom:
        form = CUSTOM[thing["apiVersion"], thing["kind"]]
        assert list(unfit(thing["spec"], form, thing["kind"])) == []
        assert set(thing) == {"apiVersion", "kind", "metadata", "spec"}
    assert len(custom) == {"small": 0, "large": 8, "external-database": 2}[overlay]


def test_a_form_that_does_not_fit_is_seen() -> None:
    form = CUSTOM["keda.sh/v1alpha1", "ScaledObject"]
    assert list(unfit({"minReplicas": 1}, form, "x")) == ["x.minReplicas is not known"]
    assert list(unfit({"minReplicaCount": "1"}, form, "x")) == ["x.minReplicaCount is '1', not int"]
    assert list(unfit({"triggers": [{"metadata": {"port": 5432}}]}, form, "x")) != []


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_is_referred_to_is_there(overlay: str) -> None:
    have = {(thing["kind"], thing["metadata"]["name"]) for thing in objects(overlay)}
    for where, form in workloads(overlay):
        for volume in form.get("volumes", []):
            if "persistentVolumeClaim" in volume:
                assert ("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]) in have, where
            if "configMap" in volume:
                assert ("ConfigMap", volume["configMap"]["name"]) in have, where
        for item in form["containers"]:
            for source in item.get("envFrom", []):
                if "configMapRef" in source:
                    assert ("ConfigMap", source["configMapRef"]["name"]) in have, where
            mounted = {mount["name"] for mount in item.get("volumeMounts", [])}
            template = next(t for t in objects(overlay) if f"{t['kind']}/{t['metadata']['name']}" == where)
            own = {c["metadata"]["name"] for c in template["spec"].get("volumeClaimTemplates", [])}
            assert mounted == {volume["name"] for volume in form.get("volumes", [])} | own, where
    labels = [(form, thing) for thing in objects(overlay) if (form := _pod_labels(thing))]
    for thing in objects(overlay):
        if thing["kind"] in ("Service", "PodDisruptionBudget"):
            selector = thing["spec"]["selector"]
            wanted = selector.get("matchLabels", selector)
            assert any(wanted.items() <= given.items() for given, _ in labels), thing["metadata"]["name"]
        if thing["kind"] in ("HorizontalPodAutoscaler", "ScaledObject"):
            assert ("Deployment", thing["spec"]["scaleTargetRef"]["name"]) in have
            assert "replicas" not in named(overlay, "Deployment", thing["spec"]["scaleTargetRef"]["name"])["spec"]


def _pod_labels(thing: Thing) -> dict[str, str]:
    template = thing["spec"].get("jobTemplate", thing)["spec"].get("template") if pod(thing) else None
    return dict(template["metadata"]["labels"]) if template else {}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_pod_is_locked_in(overlay: str) -> None:
    for where, form in workloads(overlay):
        assert form["automountServiceAccountToken"] is False, where
        assert form["enableServiceLinks"] is False, where
        given = form["securityContext"]
        assert given["runAsNonRoot"] is True
        assert given["runAsUser"] > 0, where
        assert given["seccompProfile"] == {"type": "RuntimeDefault"}, where
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(form), where
        for item in form["containers"]:
            locked = item["securityContext"]
            assert locked["allowPrivilegeEscalation"] is False, where
            assert locked["capabilities"] == {"drop": ["ALL"]}, where
            assert locked.get("readOnlyRootFilesystem", where == "StatefulSet/postgres-primary") is True, where
            assert {"requests", "limits"} <= set(item["resources"]), where
            assert not item["image"].endswith(":latest") or item["image"].startswith("pdf-compare"), where
    space = named(overlay, "Namespace", "pdf-compare")["metadata"]["labels"]
    assert space["pod-security.kubernetes.io/enforce"] == "restricted"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_secrets_are_named_and_never_given(overlay: str) -> None:
    assert [thing for thing in objects(overlay) if thing["kind"] == "Secret"] == []
    template = (ROOT / ".env.scaled").read_text("utf-8")
    for where, form in workloads(overlay):
        for item in form["containers"]:
            for variable in item.get("env", []):
                is_secret = re.search(r"PASSWORD|SECRET|_KEY$|AUTH$", variable["name"])
                assert not is_secret or "secretKeyRef" in variable["valueFrom"], f"{where} {variable['name']}"
                reference = variable.get("valueFrom", {}).get("secretKeyRef")
                if reference and reference["name"] == "pdf-compare":
                    # `make env` writes what the secret is made from.
                    assert re.search(rf"^(# )?{reference['key']}=", template, re.MULTILINE), reference["key"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_settings_that_are_given_exist(overlay: str) -> None:
    known = {str(field.validation_alias) for field in Settings.model_fields.values()}
    # Of libpq, the object store's client and the assistant, which read them themselves.
    known |= {
        "PGPASSWORD",
        "PGSSLMODE",
        "PGSSLROOTCERT",
        "REDIS_PASSWORD",
        "AWS_ENDPOINT_URL",
        "AWS_REGION",
        "OLLAMA_HOST",
    }
    given = {
        variable["name"]
        for _, form in workloads(overlay)
        for item in form["containers"]
        if item["name"] == "pdf-compare"
        for variable in item.get("env", [])
    }
    (settings,) = (t for t in objects(overlay) if t["kind"] == "ConfigMap" and "PDF_COMPARE_ACCOUNTS" in t["data"])
    given |= set(settings["data"])
    assert {name for name in given - known if not re.fullmatch(r"DATABASE_READ_URL_\d", name)} == set()
    assert {"DATABASE_URL", "DATABASE_DIRECT_URL", "PDF_COMPARE_SECRET", "REDIS_URL"} <= given
    # Any other setting needs a line in the map of settings only: each container takes the whole of it.
    for where, form in workloads(overlay):
        for item in form["containers"]:
            taken = [source["configMapRef"]["name"] for source in item.get("envFrom", []) if "configMapRef" in source]
            assert item["name"] != "pdf-compare" or settings["metadata"]["name"] in taken, where


def test_pods_are_what_the_compose_file_starts() -> None:
    """Commands, ports, probes, times to stop, queues and limits of both."""
    pairs = {
        "pdf-compare-ui": ("Deployment", "pdf-compare-ui"),
        "pdf-compare-worker": ("Deployment", "pdf-compare-worker"),
        "pdf-compare-notifier": ("Deployment", "pdf-compare-notifier"),
        "migrate": ("Job", "migrate"),
    }
    for service, (kind, name) in pairs.items():
        compose, item = COMPOSE[service], container("small", kind, name)
        given = {variable["name"]: variable.get("value") for variable in item.get("env", [])}
        assert item["args"][:2] == compose["command"][:2]
        own = {
            k: v
            for k, v in compose["environment"].items()
            if (k.startswith("PDF_COMPARE_WORKER") or k.endswith("DATA_DIR")) and v != f"${{{k}:-}}"
        }
        assert {key: given.get(key) for key in own} == own, service
        test = " ".join(compose.get("healthcheck", {}).get("test", []))
        if found := re.search(r"127\.0\.0\.1', (\d+)\).*GET (/\w+) ", test):
            probes = [item[p]["httpGet"] for p in ("readinessProbe", "startupProbe") if p in item]
            assert {port["containerPort"] for port in item["ports"]} == {int(found[1])}, service
            assert found[2] in {probe["path"] for probe in probes}, service
        if "stop_grace_period" in compose:
            grace = pod(named("small", kind, name))["terminationGracePeriodSeconds"]
            assert grace >= int(compose["stop_grace_period"].removesuffix("s")), service
    images = {
        service: re.sub(r".*:-(.*)\}", r"\1", COMPOSE[service]["image"]) for service in ("nginx", "redis", "ollama")
    }
    assert images["nginx"] == container("small", "Deployment", "nginx")["image"]
    assert images["redis"] == container("small", "StatefulSet", "redis")["image"]
    assert images["ollama"] == container("large", "Deployment", "ollama")["image"]
    primary = re.sub(r".*:-(.*)\}", r"\1", COMPOSE["postgres-primary"]["image"])
    assert container("small", "StatefulSet", "postgres-primary")["image"] == primary
    for key, value in COMPOSE["ollama"]["environment"].items():
        given = {
            variable["name"]: variable.get("value") for variable in container("large", "Deployment", "ollama")["env"]
        }
        assert given[key] == re.sub(r".*:-(.*)\}", r"\1", value), key


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_workers_have_no_way_out_and_nginx_is_the_only_door(overlay: str) -> None:
    policies = [thing["spec"] for thing in objects(overlay) if thing["kind"] == "NetworkPolicy"]
    assert {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]} in policies
    worker = _pod_labels(named(overlay, "Deployment", "pdf-compare-worker"))
    anywhere = [
        port["port"]
        for policy in policies
        if policy["podSelector"].get("matchLabels", {"none": ""}).items() <= worker.items()
        for rule in policy.get("egress", [])
        if "to" not in rule
        for port in rule["ports"]
    ]
    assert anywhere == ([443] if overlay == "large" else [])  # to the object store
    doors = [p["podSelector"]["matchLabels"] for p in policies for rule in p.get("ingress", []) if "from" not in rule]
    assert doors == [{"app.kubernetes.io/component": "nginx"}]
    services = [thing["spec"] for thing in objects(overlay) if thing["kind"] == "Service"]
    assert {service.get("type", "ClusterIP") for service in services} == {"ClusterIP"}


def test_nginx_finds_the_web_servers_by_the_name_server_that_is_there(tmp_path: Path) -> None:
    fake = tmp_path / "nginx"
    fake.write_text("#!/bin/sh\nexit 0\n")
    fake.chmod(0o755)
    names = tmp_path / "resolv.conf"
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "RUN_FOLDER": str(tmp_path), "RESOLV_CONF": str(names)}
    start = ["sh", str(ROOT / "nginx" / "start.sh")]
    for said, expected in (("127.0.0.11", "127.0.0.11"), ("fd00::a", "[fd00::a]")):
        names.write_text(f"search x.svc.cluster.local\nnameserver {said}\nnameserver 9.9.9.9\n")
        subprocess.run(start, env={**environment, "WEB_HOST": "web.x.svc.cluster.local"}, check=True, timeout=30)
        assert (tmp_path / "resolver.conf").read_text() == f"resolver {expected} valid=5s ipv6=off;\n"
        assert "server web.x.svc.cluster.local:8501 resolve " in (tmp_path / "servers.conf").read_text()
        assert "sticky cookie pdfc_route" in (tmp_path / "sticky.conf").read_text()
    names.write_text("search x\n")
    done = subprocess.run(start, env=environment, check=False, timeout=30, capture_output=True, text=True)
    assert (done.returncode, "names no name server" in done.stderr) == (1, True)
    configured = (ROOT / "nginx" / "nginx.conf").read_text()
    included = set(re.findall(r"include /run/nginx/(\w+\.conf)", configured))
    assert included == {path.name for path in tmp_path.glob("*.conf")} - {"resolv.conf"}
