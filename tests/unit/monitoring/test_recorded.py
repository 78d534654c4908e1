"""Panels of what the stack of the tests lacks, a language model among it, on samples as it would tell them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from monitoring.boards import BOARDS, RATE
from tests.unit.monitoring.conftest import PROMTOOL

#: series, and what each gains in a minute from 0; 0 is a gauge of 1
SAMPLES = {
    'pdfc_llm_calls_total{task="summary",outcome="ok"}': 2,
    'pdfc_llm_calls_total{task="ask",outcome="model_away"}': 1,
    'pdfc_llm_seconds_bucket{task="summary",le="5"}': 1,
    'pdfc_llm_seconds_bucket{task="summary",le="10"}': 2,
    'pdfc_llm_seconds_bucket{task="summary",le="+Inf"}': 2,
    'pdfc_llm_tokens_total{task="summary",direction="read"}': 900,
    'pdfc_llm_tokens_total{task="summary",direction="written"}': 80,
    'pdfc_llm_dropped_total{task="summary",reason="no_evidence"}': 1,
    "pdfc_llm_breaker_open": 0,
    "pdfc_llm_up": 0,
    'container_cpu_usage_seconds_total{name="pdf-compare-nginx",cpu="total"}': 3,
    'container_memory_working_set_bytes{name="pdf-compare-nginx"}': 0,
    "pdfc_archive_seen_seconds": 60,
    "pdfc_archive_segment_seconds": 60,
    "pdfc_archive_copy_seconds": 0,
    'pg_replication_slots_pg_wal_lsn_diff{server="primary",slot_name="archive"}': 0,
}


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed: make promtool")
def test_panels_of_what_is_elsewhere_have_figures_on_recorded_samples(tmp_path: Path) -> None:
    panels = [panel for board in BOARDS for panel in board.panels if panel.source != "here"]
    queries = [query.expr.replace(RATE, "5m") for panel in panels for query in panel.queries]
    assert len(panels) == 10
    asked = [
        {"expr": f"count({expr}) > bool 0", "eval_time": "20m", "exp_samples": [{"labels": "{}", "value": 1}]}
        for expr in queries
    ]
    series = [{"series": name, "values": f"{0 if gain else 1}+{gain}x30"} for name, gain in SAMPLES.items()]
    file = tmp_path / "recorded.yml"
    one = {"interval": "1m", "input_series": series, "promql_expr_test": asked}
    file.write_text(json.dumps({"evaluation_interval": "1m", "tests": [one]}))
    assert PROMTOOL is not None
    command = [PROMTOOL, "test", "rules", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
