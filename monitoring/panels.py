"""Dashboards as data, and what Grafana reads made from them by its own SDK."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as models
from grafana_foundation_sdk.models import dashboard as model

DATASOURCE = model.DataSourceRef(type_val="prometheus", uid="prometheus")
COLUMNS = 24  #: of Grafana's grid
LINES_WIDTH, NUMBER_WIDTH = 12, 4
LINES_HEIGHT, NUMBER_HEIGHT = 8, 4

Form = Literal["lines", "area", "number"]
#: whose figures: the product's own, or those of an exporter that a stack may lack
Source = Literal["here", "containers", "assistant", "archive"]


@dataclass(frozen=True, slots=True)
class Query:
    """One line of a panel, or several: `legend` names labels as {{queue}}."""

    expr: str
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """What is seen of one thing.

    Attributes:
        unit: Grafana's name: s, bytes, percentunit, reqps, short.
        about: What it tells, and when to worry; shown at the panel's corner.
        warn: From here on it is orange, and `bad` red; of a number only.
    """

    title: str
    unit: str
    queries: tuple[Query, ...]
    about: str
    form: Form = "lines"
    source: Source = "here"
    warn: float | None = None
    bad: float | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """A page of panels, in rows with a title."""

    uid: str
    title: str
    about: str
    rows: tuple[tuple[str, tuple[Panel, ...]], ...]

    @property
    def panels(self) -> list[Panel]:
        return [panel for _, panels in self.rows for panel in panels]


def built(board: Board, others: Sequence[Board]) -> str:
    """The JSON that Grafana is given; the same each time."""
    made = (
        dashboard.Dashboard(board.title)
        .uid(f"pdfc-{board.uid}")
        .description(board.about)
        .tags(["pdf-compare"])
        .time("now-3h", "now")
        .refresh("30s")
        .timezone("browser")
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .editable()
    )
    for other in others:
        if other is not board:
            made.link(
                dashboard.DashboardLink(other.title).type(model.DashboardLinkType.LINK).url(f"/d/pdfc-{other.uid}")
            )
    number, y = 0, 0
    for title, panels in board.rows:
        made.with_row(dashboard.Row(title).grid_pos(model.GridPos(x=0, y=y, w=COLUMNS, h=1)))
        y, x, height = y + 1, 0, 0
        for panel in panels:
            is_number = panel.form == "number"
            width, tall = (NUMBER_WIDTH, NUMBER_HEIGHT) if is_number else (LINES_WIDTH, LINES_HEIGHT)
            if x + width > COLUMNS or (height and tall != height):
                x, y, height = 0, y + height, 0
            number += 1
            one = _number(panel) if is_number else _lines(panel)
            one.id(number).grid_pos(model.GridPos(x=x, y=y, w=width, h=tall))
            made.with_panel(one)
            x, height = x + width, tall
        y += height
    return json.dumps(json.loads(json.dumps(made.build(), cls=JSONEncoder)), indent=1, sort_keys=True) + "\n"


def _targets(panel: Panel, one: Any) -> None:
    one.datasource(DATASOURCE).title(panel.title).unit(panel.unit).description(panel.about)
    for number, query in enumerate(panel.queries):
        target = prometheus.Dataquery().expr(query.expr).ref_id("ABCDEFGH"[number]).datasource(DATASOURCE)
        one.with_target(target.legend_format(query.legend or "__auto").range())


def _lines(panel: Panel) -> timeseries.Panel:
    one = timeseries.Panel()
    _targets(panel, one)
    legend = common.VizLegendOptions().display_mode(models.LegendDisplayMode.LIST)
    one.legend(legend.placement(models.LegendPlacement.BOTTOM).show_legend(True).calcs([]))
    one.tooltip(common.VizTooltipOptions().mode(models.TooltipDisplayMode.MULTI).sort(models.SortOrder.DESCENDING))
    one.line_width(1).fill_opacity(10).show_points(models.VisibilityMode.NEVER).min(0)
    if panel.form == "area":
        one.fill_opacity(40).stacking(common.StackingConfig().mode(models.StackingMode.NORMAL))
    return one


def _number(panel: Panel) -> stat.Panel:
    one = stat.Panel()
    _targets(panel, one)
    steps = [model.Threshold(value=None, color="green")]
    steps += [
        model.Threshold(value=value, color=color)
        for value, color in ((panel.warn, "orange"), (panel.bad, "red"))
        if value is not None
    ]
    # Where less is worse, red comes first.
    if panel.warn is not None and panel.bad is not None and panel.bad < panel.warn:
        steps = [
            model.Threshold(value=None, color="red"),
            model.Threshold(value=panel.bad, color="orange"),
            model.Threshold(value=panel.warn, color="green"),
        ]
    one.thresholds(dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(steps))
    one.color_mode(models.BigValueColorMode.VALUE).graph_mode(models.BigValueGraphMode.AREA)
    return one.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
