"""The dashboards that Grafana reads are those that the source builds; each asks for what there is."""

from __future__ import annotations

import json
import re

import pytest

from monitoring.boards import BOARDS, FOLDER
from monitoring.panels import Board, built
from tests.architecture import metric_table


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_what_is_provisioned_is_what_the_source_builds(board: Board) -> None:
    assert (FOLDER / f"{board.uid}.json").read_text() == built(board, BOARDS), "make dashboards"


def test_there_are_no_others() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == {board.uid for board in BOARDS}


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_panels_do_not_overlap_and_all_ask_prometheus(board: Board) -> None:
    made = json.loads(built(board, BOARDS))
    panels = [panel for panel in made["panels"] if panel["type"] != "row"]
    assert len(panels) == len(board.panels)
    cells: set[tuple[int, int]] = set()
    for panel in made["panels"]:
        at = panel["gridPos"]
        covered = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & covered, panel["title"]
        assert at["x"] + at["w"] <= 24
        cells |= covered
    for panel in panels:
        assert panel["description"]
        assert panel["targets"]
        assert {target["datasource"]["uid"] for target in panel["targets"]} == {"prometheus"}


def test_every_metric_of_ours_that_a_panel_or_alert_asks_for_exists() -> None:
    told = {name + ending for name, *_ in metric_table.metrics() for ending in ("", "_bucket", "_sum", "_count")}
    asked = {name for expr, _ in metric_table.users() for name in re.findall(r"\bpdfc_\w+", expr)}
    assert len(asked) > 30
    assert asked - told == set()
