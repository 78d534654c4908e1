"""Each alert fires when it should and clears when that is over, as Prometheus evaluates it; each has a runbook."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.unit.monitoring.conftest import PROMTOOL

ROOT = Path(__file__).parents[3]
RULES = ROOT / "monitoring" / "rules" / "alerts.yml"
_ALERT = re.compile(r"- alert: (\w+)\n\s+expr: '((?:[^']|'')+)'\n\s+for: (\w+)\n(?:.*\n){3}\s+runbook: (\S+)")


class Case(NamedTuple):
    """An hour and a half of trouble, then health.

    Attributes:
        bad: Value of each series at the start of the trouble, and what it gains each minute.
        good: The same for the time after it; None where the series ends.
    """

    bad: dict[str, tuple[float, float]]
    good: dict[str, tuple[float, float] | None]


def _flat(bad: float, good: float | None, *series: str) -> Case:
    return Case(dict.fromkeys(series, (bad, 0)), dict.fromkeys(series, None if good is None else (good, 0)))


def _part(series: str, bad: float, good: float, of: str) -> Case:
    """A part of 100."""
    return Case({series: (bad, 0), of: (100, 0)}, {series: (good, 0), of: (100, 0)})


def _series(*given: tuple[str, float, float]) -> Case:
    """Counters, with what a minute adds in trouble and in health."""
    return Case({one: (0, bad) for one, bad, _ in given}, {one: (90 * bad, good) for one, bad, good in given})


_SLOW, _QUICK = ('{route="/api/v1/comparisons",le="5.0"}', '{route="/api/v1/comparisons",le="+Inf"}')
_ROUTE = "pdfc_http_request_seconds_bucket"
CASES: dict[str, Case] = {
    "NoWebServer": _flat(0, 1, 'up{job="web",instance="a"}'),
    "TargetDown": _flat(0, 1, 'up{job="redis",instance="a"}'),
    "ExporterBlind": _flat(0, 1, 'pg_up{job="postgres",server="primary"}'),
    "RequestsFail": _series(
        ('pdfc_http_requests_total{status="503"}', 6, 0), ('pdfc_http_requests_total{status="200"}', 60, 60)
    ),
    "RequestsSlow": Case(
        {f"{_ROUTE}{_SLOW}": (0, 50), f"{_ROUTE}{_QUICK}": (0, 60), _ROUTE + _SLOW.replace("5.0", "10.0"): (0, 60)},
        {
            f"{_ROUTE}{_SLOW}": (4500, 60),
            f"{_ROUTE}{_QUICK}": (5400, 60),
            _ROUTE + _SLOW.replace("5.0", "10.0"): (5400, 60),
        },
    ),
    "NoWorker": _flat(0, 1, 'up{job="worker",instance="a"}'),
    "QueueWaits": _flat(301, 4, 'pdfc_queue_oldest_seconds{queue="compare"}'),
    "JobsFail": _series(('pdfc_jobs_total{outcome="failed"}', 1, 0), ('pdfc_jobs_total{outcome="done"}', 4, 5)),
    "ChildrenDie": _series(('pdfc_child_deaths_total{reason="out_of_memory"}', 1, 0)),
    "ChildrenNotLockedIn": _flat(0, 1, 'pdfc_sandbox_complete{job="worker"}'),
    "AssistantFails": _series(
        ('pdfc_llm_calls_total{outcome="model_away"}', 2, 0), ('pdfc_llm_calls_total{outcome="ok"}', 1, 2)
    ),
    "WebhooksFail": _series(('pdfc_deliveries_total{outcome="failed"}', 1, 0)),
    "DatabaseAway": _flat(0, 1, 'pdfc_database_up{job="web"}'),
    "PoolWaits": _flat(3, 0, 'pgbouncer_pools_client_maxwait_seconds{database="pdfcompare"}'),
    "ConnectionsScarce": Case(
        {
            'pg_stat_activity_count{server="primary"}': (190, 0),
            'pg_settings_max_connections{server="primary"}': (200, 0),
        },
        {
            'pg_stat_activity_count{server="primary"}': (20, 0),
            'pg_settings_max_connections{server="primary"}': (200, 0),
        },
    ),
    "ReplicaBehind": _flat(11, 0, 'pdfc_replica_lag_seconds{replica="1"}'),
    "ReplicaNotRead": _flat(0, 1, 'pdfc_replica_read{replica="2"}'),
    "LogKeptForReplica": _flat(
        3e9, 1e6, 'pg_replication_slots_pg_wal_lsn_diff{server="primary",slot_name="replica_1"}'
    ),
    "SessionStoreAway": _flat(0, 1, 'pdfc_session_store_up{job="web"}'),
    "RedisFull": _part("redis_memory_used_bytes", 95, 5, "redis_memory_max_bytes"),
    "DocumentsFull": _flat(4e9, 6e9, 'pdfc_documents_free_bytes{job="web"}'),
    "DiskFull": Case(
        {'node_filesystem_avail_bytes{mountpoint="/"}': (9, 0), 'node_filesystem_size_bytes{mountpoint="/"}': (100, 0)},
        {
            'node_filesystem_avail_bytes{mountpoint="/"}': (20, 0),
            'node_filesystem_size_bytes{mountpoint="/"}': (100, 0),
        },
    ),
    "MemoryShort": Case(
        {"node_memory_MemAvailable_bytes": (5, 0), "node_memory_MemTotal_bytes": (100, 0)},
        {"node_memory_MemAvailable_bytes": (50, 0), "node_memory_MemTotal_bytes": (100, 0)},
    ),
    "ProcessorFull": Case(
        {'node_load15{instance="a"}': (9, 0), 'node_cpu_seconds_total{instance="a",mode="idle",cpu="0"}': (0, 1)},
        {'node_load15{instance="a"}': (1, 0), 'node_cpu_seconds_total{instance="a",mode="idle",cpu="0"}': (90, 1)},
    ),
    # The clock of these tests begins in 1970: a backup of the day before it.
    "BackupMissing": _flat(-100_000, 5400, "pdfc_backup_last_success_seconds"),
    "BackupFails": _series(("pdfc_backup_failures_total", 0.1, 0)),
    # Likewise; then told anew each minute.
    "ArchiveStopped": Case({"pdfc_archive_seen_seconds": (-400, 0)}, {"pdfc_archive_seen_seconds": (5400, 60)}),
    "ArchiveCopyMissing": _flat(-100_000, 5400, "pdfc_archive_copy_seconds"),
}
_TROUBLE_MINUTES = 90
#: Health lasts until the longest look back has forgotten the trouble; here are those that look back further.
_HEALTH_MINUTES = {"BackupFails": 420, "WebhooksFail": 90}
_MOST_HEALTH_MINUTES = 45


def _alerts() -> dict[str, re.Match[str]]:
    return {found[1]: found for found in _ALERT.finditer(RULES.read_text())}


def test_each_alert_is_tried_and_has_a_runbook() -> None:
    alerts = _alerts()
    assert len(alerts) == RULES.read_text().count("- alert:") == len(CASES)
    assert set(alerts) == set(CASES)
    headings = re.findall(r"^## (\w+)$", (ROOT / "docs" / "runbooks.md").read_text(), re.MULTILINE)
    assert headings == list(alerts)
    assert [found[4] for found in alerts.values()] == [f"docs/runbooks.md#{name.lower()}" for name in alerts]


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed: make promtool")
def test_each_alert_fires_and_clears(tmp_path: Path) -> None:
    file = tmp_path / "tests.yml"
    # JSON is YAML.
    file.write_text(
        json.dumps({"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": list(map(_tried, CASES))})
    )
    assert PROMTOOL is not None
    done = subprocess.run(
        [PROMTOOL, "test", "rules", str(file)], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def _tried(alert: str) -> dict[str, Any]:
    case = CASES[alert]
    firing = f'min(clamp_max(count(ALERTS{{alertname="{alert}",alertstate="firing"}}), 1))'
    health = _HEALTH_MINUTES.get(alert, _MOST_HEALTH_MINUTES)
    pending = f'count(ALERTS{{alertname="{alert}"}})'
    return {
        "interval": "1m",
        "name": alert,
        "input_series": [{"series": name, "values": _values(case, name, health)} for name in case.bad],
        "promql_expr_test": [
            {"expr": firing, "eval_time": f"{_TROUBLE_MINUTES - 1}m", "exp_samples": [{"labels": "{}", "value": 1}]},
            {"expr": pending, "eval_time": f"{_TROUBLE_MINUTES + health - 1}m", "exp_samples": []},
        ],
    }


def _values(case: Case, name: str, health: int) -> str:
    def part(start: float, gain: float, minutes: int) -> str:
        return f"{start:.0f}{gain:+.1f}x{minutes - 1}"

    good = case.good[name]
    bad = part(*case.bad[name], _TROUBLE_MINUTES)
    return bad if good is None else f"{bad} {part(*good, health)}"
