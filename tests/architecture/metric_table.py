"""The table of metrics for docs/metrics.md: what our processes tell, and which panels and alerts ask for it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.registry import Collector

from cli.backup import metrics as backup_metrics
from monitoring.boards import BOARDS
from service import telemetry
from service.metrics import Queues, Stores
from service.queue import QUEUES

ROOT = Path(__file__).parents[2]
RULES = ROOT / "monitoring" / "rules" / "alerts.yml"
ARCHIVE = ROOT / "db" / "postgres" / "archive.sh"
_ENDINGS = {"counter": "_total", "info": "_info"}


def rows() -> list[str]:
    """A row for each metric, by name."""
    found = ["| Metric | Type and labels | What it tells | Asked for by |", "| --- | --- | --- | --- |"]
    asking = users()
    for name, kind, labels, about in sorted(metrics()):
        asked = [user for expr, user in asking if re.search(rf"\b{name}(_bucket|_sum|_count)?\b", expr)]
        typed = "; ".join(filter(None, (kind, ", ".join(f"`{label}`" for label in labels))))
        found.append(f"| `{name}` | {typed} | {about} | {', '.join(dict.fromkeys(asked))} |")
    return found


def label_rows() -> list[str]:
    """A row for each label whose values stand in the code."""
    values = {
        "kind": telemetry.KINDS,
        "outcome": telemetry.OUTCOMES,
        "stage": telemetry.STAGES,
        "queue": QUEUES,
        "reason": telemetry.REASONS,
        "cache": telemetry.CACHES,
        "pool": telemetry.POOLS,
    }
    found = ["| Label | Values |", "| --- | --- |"]
    return found + [f"| `{label}` | {', '.join(f'`{one}`' for one in each)} |" for label, each in values.items()]


def metrics() -> Iterable[tuple[str, str, tuple[str, ...], str]]:
    """Name as Prometheus has it, type, labels, meaning."""
    ours, backup = telemetry.Telemetry().registry, CollectorRegistry()
    backup_metrics(backup)
    for registry in (ours, backup):
        for collector in registry._collector_to_names:
            labels = tuple(getattr(collector, "_labelnames", ()))
            for family in collector.collect():
                if registry is ours or family.name.startswith("pdfc_backup"):
                    yield _told(family, labels)
    for collector in (_queues(), _stores()):
        for family in collector.collect():
            yield _told(family, ())
    # Written by a script, in the form that Prometheus reads.
    script = ARCHIVE.read_text()
    kinds = dict(re.findall(r"# TYPE (\S+) (\w+)", script))
    for name, about in re.findall(r'# HELP (\S+) ([^"]+)', script):
        yield name, kinds[name], (), about


def _told(family: Metric, labels: tuple[str, ...]) -> tuple[str, str, tuple[str, ...], str]:
    if not labels and family.type != "histogram":
        labels = tuple(family.samples[0].labels) if family.samples else ()
    return family.name + _ENDINGS.get(family.type, ""), family.type, labels, family.documentation


def _queues() -> Collector:
    """With a database that answers."""
    jobs: Any = SimpleNamespace(depths=lambda: {"compare": (0, 0, 0.0)}, workers=lambda: [])
    return Queues(jobs)


def _stores() -> Collector:
    database: Any = SimpleNamespace(connections=lambda: [("primary", 0, 0)], replicas_seen=lambda: [(1, True, 0.0)])
    sessions: Any = SimpleNamespace(is_away=False)
    blobs: Any = SimpleNamespace(free_bytes=lambda: 0)
    return Stores(database, sessions, blobs)


def users() -> list[tuple[str, str]]:
    """Each expression, and who asks for it."""
    found = [
        (query.expr, f"{board.title}: {panel.title}")
        for board in BOARDS
        for panel in board.panels
        for query in panel.queries
    ]
    for group in yaml.safe_load(RULES.read_text())["groups"]:
        for rule in group["rules"]:
            found.append((rule["expr"], f"[{rule['alert']}]({Path(rule['annotations']['runbook']).name})"))
    return found
