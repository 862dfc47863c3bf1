"""Tables -> figures. A figure takes one small table and draws it; nothing here reads a plan or computes a result."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
import polars as pl

from teraplan.report.canvas import (
    INK,
    PALE,
    REST,
    RULE,
    TRANSFERS,
    empty,
    fill,
    label_above,
    label_ends,
    over_time,
    reach_of,
    safe,
)
from teraplan.report.words import number, short

DASHES = ("solid", "solid", "dash", "dot", "dashdot", "longdash")
EDGE = 1.05
"""A miss beyond this is drawn at the edge of its figure [1]."""


# --- over time --------------------------------------------------------------------------------------------------------


def areas(table: pl.DataFrame, colours: Mapping[str, str], axis: str) -> go.Figure:
    """Return levels over time as stacked areas, the first series at the bottom, with their names on the right.

    table: over time, no value negative; axis: the unit in words, written along the axis.
    """
    figure, series = empty(360), table["series"].unique(maintain_order=True).to_list()
    wide = table.pivot("series", index=["period", "start", "years"], values="value", aggregate_function="sum")
    wide = wide.sort("start").with_columns(pl.col(series).fill_null(0.0))
    middle = (wide["start"] + wide["years"] / 2).to_list()
    for name in series:
        pattern = {"shape": "/", "fgcolor": INK, "bgcolor": colours[name], "size": 5} if name == TRANSFERS else None
        figure.add_scatter(
            x=middle,
            y=wide[name].to_list(),
            name=safe(name),
            stackgroup="one",
            mode="lines",
            line={"width": 0.8, "color": "white"},
            fillcolor=colours[name],
            fillpattern=pattern,
            hovertemplate="%{y:,.3~r}",
        )
    ends = [float(wide[name][-1]) for name in series] if wide.height else []
    tops = np.cumsum(ends).tolist()
    top = max((float(wide.select(pl.sum_horizontal(series)).max().item() or 0.0) if series else 0.0), 1e-12) * 1.04
    beside = {name: (end - height / 2, colours[name]) for name, end, height in zip(series, tops, ends, strict=True)}
    label_ends(figure, beside, (0.0, top))
    return over_time(figure, wide, axis, (0.0, top))


def lines(table: pl.DataFrame, axis: str, logarithmic: bool = False, pairs: bool = False) -> go.Figure:
    """Return a line for each series over time, the first grey, the second black, others dashed; names on the right.

    pairs: series come in pairs that share a colour; the second of each is thin and dotted.
    """
    figure, series = empty(340), table["series"].unique(maintain_order=True).to_list()
    ends: dict[str, tuple[float, str]] = {}
    size = 2 if pairs else 1
    for at, name in enumerate(series):
        mine, plan, second = table.filter(pl.col("series") == name).sort("start"), at // size, at % size
        colour = PALE if plan == 0 and len(series) > size else INK
        figure.add_scatter(
            x=(mine["start"] + mine["years"] / 2).to_list(),
            y=mine["value"].to_list(),
            name=safe(name),
            mode="lines+markers",
            line={
                "width": 1.5 if second else 2.5,
                "color": colour,
                "dash": "dot" if second else DASHES[plan % len(DASHES)],
            },
            marker={"size": 5},
            cliponaxis=False,
            hovertemplate="%{y:,.3~r}",
        )
        ends[name] = (float(mine["value"][-1]), colour)
    reach = reach_of([float(value) for value in table["value"] if np.isfinite(value)], logarithmic)
    placed = {name: (float(np.log10(y)) if logarithmic else y, colour) for name, (y, colour) in ends.items()}
    label_ends(figure, placed, reach, square=False)
    figure.update_yaxes(type="log" if logarithmic else "linear")
    if logarithmic:
        figure.update_yaxes(dtick=1)
    return over_time(figure, table, axis, reach)


def changes(table: pl.DataFrame, colours: Mapping[str, str], axis: str) -> go.Figure:
    """Return differences over time as stacked bars as wide as their periods: more above the line, less below it."""
    figure, series = empty(290), table["series"].unique(maintain_order=True).to_list()
    visible = pl.col("value").abs() > 2e-3 * pl.col("value").abs().max()
    for name in series:
        mine = table.filter(visible).filter(pl.col("series") == name).sort("start")
        figure.add_bar(
            x=(mine["start"] + mine["years"] / 2).to_list(),
            y=mine["value"].to_list(),
            width=(mine["years"] * 0.86).to_list(),
            name=safe(name),
            marker=fill(colours[name], name == TRANSFERS),
            hovertemplate="%{y:+,.3~r}",
        )
    figure.update_layout(barmode="relative", margin_r=12)
    figure.update_yaxes(zeroline=True, zerolinecolor=INK, zerolinewidth=1)
    return over_time(figure, table, axis, None)


def fan(table: pl.DataFrame, axis: str) -> go.Figure:
    """Return the spread of a quantity over time: bands of half and nine tenths of the draws, their middle, and dashes.

    table: period, start, years, p5, p25, p50, p75, p95, written.
    """
    figure, mine = empty(320), table.sort("start")
    middle = (mine["start"] + mine["years"] / 2).to_list()
    for low, high, colour in (("p5", "p95", RULE), ("p25", "p75", REST)):
        for edge, filled in ((low, None), (high, "tonexty")):
            figure.add_scatter(
                x=middle,
                y=mine[edge].to_list(),
                mode="lines",
                line={"width": 0.6, "color": PALE},
                fill=filled,
                fillcolor=colour,
                name=f"{edge.removeprefix('p')} %",
                hovertemplate="%{y:,.3~r}",
            )
    for column, name, line in (
        ("p50", "50 %", {"width": 2.5, "color": INK}),
        ("written", "as written", {"width": 1.8, "color": INK, "dash": "dash"}),
    ):
        figure.add_scatter(
            x=middle, y=mine[column].to_list(), mode="lines", line=line, name=name, hovertemplate="%{y:,.3~r}"
        )
    reach = reach_of([*mine["p5"], *mine["p95"], *mine["written"]], False)
    return over_time(figure, mine, axis, reach)


# --- by category ------------------------------------------------------------------------------------------------------


def bars(table: pl.DataFrame, axis: str, mark: float | None = None) -> go.Figure:
    """Return one horizontal bar for each label, in their order, with the label above it.

    table: label, part, value, colour, transfer. Parts of a label are stacked; transfers are hatched. mark: a value to
    hold the bars against, a dotted line.
    """
    labels = table["label"].unique(maintain_order=True).to_list()
    figure = empty(70 + 40 * len(labels))
    place = {label: len(labels) - at for at, label in enumerate(labels)}
    for label, part, value, colour, transfer in table.select(
        "label", "part", "value", "colour", "transfer"
    ).iter_rows():
        text = f"{safe(label)} · {safe(part)}: %{{x:,.3~r}}<extra></extra>"
        marker = fill(colour, transfer)
        figure.add_bar(x=[value], y=[place[label]], orientation="h", width=0.5, marker=marker, hovertemplate=text)
    for label in labels:
        label_above(figure, label, place[label])
    ends = pl.col("value")
    sums = table.group_by("label").agg(low=ends.filter(ends < 0).sum(), high=ends.filter(ends > 0).sum())
    low, high = min([0.0, *sums["low"]]), max([0.0, *sums["high"], mark or 0.0])
    if mark is not None:
        line = {"width": 1.5, "color": INK, "dash": "dot"}
        figure.add_shape(type="line", x0=mark, x1=mark, yref="paper", y0=0, y1=1, line=line)
    figure.update_layout(barmode="relative", margin={"l": 12, "r": 12, "t": 8, "b": 46}, hovermode="closest")
    reach = [low * 1.05, high * 1.05 or (1.0 if low == 0 else 0.0)]
    figure.update_xaxes(title_text=axis, range=reach, zeroline=True, zerolinecolor=INK, tickformat=",~g", nticks=6)
    figure.update_yaxes(visible=False, range=[0.5, len(labels) + 0.9])
    return figure


def tornado(table: pl.DataFrame, axis: str) -> go.Figure:
    """Return for each label a bar from its low (open end) to its high (full end), around the line of the mean.

    table: label, low, high, mean; one row a label, in their order.
    """
    figure, count = empty(70 + 40 * table.height), table.height
    for at, (label, low, high) in enumerate(table.select("label", "low", "high").iter_rows()):
        y = count - at
        figure.add_scatter(
            x=[low, high],
            y=[y, y],
            mode="lines+markers",
            line={"width": 6, "color": REST},
            marker={"size": 12, "color": ["white", INK], "line": {"width": 2, "color": INK}, "opacity": 1},
            hovertemplate=f"{safe(label)}: %{{x:,.3~r}}<extra></extra>",
        )
        label_above(figure, label, y)
    mean = float(table["mean"][0])
    figure.add_shape(
        type="line", x0=mean, x1=mean, yref="paper", y0=0, y1=1, line={"width": 1, "color": INK}, layer="below"
    )
    ends = [*table["low"], *table["high"], mean]
    room = 0.06 * ((max(ends) - min(ends)) or 1.0)
    figure.update_layout(margin={"l": 12, "r": 12, "t": 8, "b": 46}, hovermode="closest")
    figure.update_xaxes(title_text=axis, range=[min(ends) - room, max(ends) + room], tickformat=",~g", nticks=6)
    figure.update_yaxes(visible=False, range=[0.5, count + 0.9])
    return figure


def dots(table: pl.DataFrame, axis: str) -> go.Figure:
    """Return the relative miss of each record as a dot on its tolerance band, with the record's name above it.

    table: label, off [1], tolerance [1], passed. A full dot lies within the band, an open one outside; what lies beyond
    EDGE is drawn there, as a triangle.
    """
    figure, count = empty(70 + 36 * table.height), table.height
    for at, (label, off, tolerance, passed) in enumerate(
        table.select("label", "off", "tolerance", "passed").iter_rows()
    ):
        y, beyond = count - at, abs(off) > EDGE
        if tolerance is not None:
            figure.add_shape(
                type="rect",
                x0=-tolerance,
                x1=tolerance,
                y0=y - 0.2,
                y1=y + 0.2,
                fillcolor=RULE,
                line_width=0,
                layer="below",
            )
        shape = ("triangle-right" if off > 0 else "triangle-left") if beyond else "circle"
        marker = {"size": 10, "symbol": shape, "color": INK if passed else "white", "line": {"width": 2, "color": INK}}
        text = f"{safe(label)}: {off:+.0%}<extra></extra>"
        figure.add_scatter(
            x=[float(np.clip(off, -EDGE, EDGE))], y=[y], mode="markers", marker=marker, hovertemplate=text
        )
        figure.add_annotation(
            x=float(np.clip(off, -EDGE, EDGE)),
            y=y,
            text=f"{off:+.0%}".replace("-", "−"),
            showarrow=False,
            xanchor="right" if off > 0.8 else "left",
            xshift=-9 if off > 0.8 else 9,
            yshift=0,
        )
        label_above(figure, label, y, 0.4)
    figure.update_layout(margin={"l": 12, "r": 12, "t": 8, "b": 46}, hovermode="closest")
    figure.update_xaxes(title_text=axis, range=[-1.2, 1.2], tickformat="+.0%", zeroline=True, zerolinecolor=INK)
    figure.update_yaxes(visible=False, range=[0.4, count + 0.9])
    return figure


def dumbbells(table: pl.DataFrame, colour: str, axis: str) -> go.Figure:
    """Return what each region hosts (square) and uses (ring) on a logarithmic line, with its name above it.

    table: region, hosted, used; a column `hosted_with`, where there is one, is drawn as a diamond.
    """
    figure, count = empty(70 + 34 * table.height), table.height
    y = [count - at for at in range(count)]
    for at, (hosted, used) in enumerate(table.select("hosted", "used").iter_rows()):
        figure.add_shape(
            type="line", x0=hosted, x1=used, y0=y[at], y1=y[at], line={"width": 2, "color": RULE}, layer="below"
        )
        label_above(figure, table["region"][at], y[at], 0.36)
    marks = [("hosted", "square", colour), ("used", "circle-open", INK), ("hosted_with", "diamond", INK)]
    for column, symbol, shade in marks:
        if column in table.columns:
            figure.add_scatter(
                x=table[column].to_list(),
                y=y,
                mode="markers",
                name=column.replace("_", " "),
                hovertemplate="%{x:,.3~r}",
                marker={"size": 10, "symbol": symbol, "color": shade, "line": {"width": 2}},
            )
    figure.update_layout(margin={"l": 12, "r": 12, "t": 8, "b": 46}, hovermode="closest")
    figure.update_xaxes(title_text=axis, type="log", dtick=1, showgrid=True, gridcolor=RULE, tickformat=",~g")
    figure.update_yaxes(visible=False, range=[0.4, count + 0.9])
    return figure


def curves(table: pl.DataFrame, axis: str, budget_axis: str) -> go.Figure:
    """Return a quantity over budgets, one line for each series, with its name on the right: budget, series, value."""
    figure, series = empty(290), table["series"].unique(maintain_order=True).to_list()
    ends: dict[str, tuple[float, str]] = {}
    for at, name in enumerate(series):
        mine = table.filter(pl.col("series") == name).sort("budget")
        colour = PALE if at == 0 and len(series) > 1 else INK
        figure.add_scatter(
            x=mine["budget"].to_list(), y=mine["value"].to_list(), name=safe(name), mode="lines+markers",
            line={"width": 2.5, "color": colour}, marker={"size": 6}, cliponaxis=False, hovertemplate="%{y:,.3~r}",
        )  # fmt: skip
        ends[name] = (float(mine["value"][-1]), colour)
    reach = reach_of([float(value) for value in table["value"] if np.isfinite(value)], logarithmic=False)
    label_ends(figure, {name: end for name, end in ends.items() if name}, reach, square=False)
    figure.update_xaxes(title_text=budget_axis, rangemode="tozero", tickformat=",~g", nticks=6)
    figure.update_yaxes(title_text=axis, range=list(reach), tickformat=",~g")
    figure.update_layout(margin_b=46)
    return figure


# --- paths ------------------------------------------------------------------------------------------------------------


def paths(table: pl.DataFrame, colour: str, unit: str) -> go.Figure:
    """Return a Sankey of one unit from makers over hosts to users.

    table: kind, source, target, value as tables.path_of_target gives them.
    """
    columns = {"maker": ("maker", "host"), "home": ("host", "user"), "out": ("host", "pool"), "in": ("pool", "user")}
    ends = [
        ((columns[kind][0], source), (columns[kind][1], target))
        for kind, source, target in table.select("kind", "source", "target").iter_rows()
    ]
    nodes = list(dict.fromkeys(node for link in ends for node in link))
    shade = {"maker": INK, "host": colour, "pool": PALE, "user": REST}
    values = table["value"].to_list()
    sizes = {
        node: max(sum(v for link, v in zip(ends, values, strict=True) if link[side] == node) for side in (0, 1))
        for node in nodes
    }
    figure = empty(460)
    figure.add_sankey(
        arrangement="snap",
        valueformat=",.3~r",
        valuesuffix=f" {safe(unit)}",
        node={
            "label": [
                f"{'Shipped' if column == 'pool' else safe(short(name, 24))} {number(sizes[column, name])}"
                for column, name in nodes
            ],
            "color": [shade[column] for column, _ in nodes],
            "pad": 17, "thickness": 12, "line": {"width": 0},
        },
        link={
            "source": [nodes.index(start) for start, _ in ends], "target": [nodes.index(end) for _, end in ends],
            "value": values, "color": "rgba(120,120,120,0.28)",
        },
    )  # fmt: skip
    figure.update_layout(margin={"l": 6, "r": 6, "t": 10, "b": 12}, font_size=12)
    return figure
