"""What all figures share: colours, fonts, axes, and labels that do not touch.

Colours carry one meaning on the whole page: a hue is a stage, its shades are the makers, regions or technologies of
that stage, hatching is a transfer, and plans are told apart by grey, black and dashes. Hues are Okabe and Ito's.
"""

import re
from collections.abc import Mapping, Sequence
from html import escape
from textwrap import wrap

import numpy as np
import plotly.graph_objects as go
import polars as pl

from teraplan.report.tables import OTHERS, STAGES
from teraplan.report.words import capital, period_words, short

HUES = ("#999999", "#E69F00", "#56B4E9", "#F0E442", "#D55E00", "#0072B2", "#CC79A7", "#009E73", "#000000")
"""One for each of STAGES, in their order."""
SPARE = ("#7B5B3A", "#4B4B8F", "#A33B5C", "#5E7F2E")
"""For stages of a case's own."""
REST = "#C8C8C8"
TRANSFERS = "Transfers"
"""The series whose areas and bars are hatched."""
INK, PALE, RULE = "#222222", "#8A8A8A", "#E3E3E3"
GRADES = {
    "measured": "#222222",
    "reported": "#555555",
    "estimated": "#8A8A8A",
    "forecast": "#B5B5B5",
    "assumption": "#DEDEDE",
}
"""The weaker a grade, the lighter."""
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
LINE = 15
"""Height of a line of a label [pixel]."""
LETTER = 7.2
"""Width of a letter of a label, generously [pixel]."""
LABEL = 15
"""Longest line of a label beside a figure [letter]; longer ones are wrapped."""
TICKS = 8
"""Most periods that are named below a figure."""


def stage_colours(stages: Sequence[str]) -> dict[str, str]:
    """Return a colour for each stage: its own for those along the chain, a spare one for others."""
    own = {stage: HUES[STAGES.index(stage)] for stage in stages if stage in STAGES}
    strange = [stage for stage in stages if stage not in STAGES]
    return own | {stage: SPARE[at % len(SPARE)] for at, stage in enumerate(strange)}


def shades(colour: str, series: Sequence[str]) -> dict[str, str]:
    """Return a shade of a colour for each series, dark to light in their order; Others, the rest, is grey."""
    named = [name for name in series if name != OTHERS]
    steps = np.linspace(-0.35, 0.72, max(2, len(named)))
    return {name: mixed(colour, float(step)) for name, step in zip(named, steps, strict=False)} | {OTHERS: REST}


def empty(height: int) -> go.Figure:
    """A figure without decoration: white, thin rules, no legend."""
    figure = go.Figure(layout={"template": "none", "height": height, "showlegend": False})
    figure.update_layout(
        font={"family": FONT, "size": 12, "color": INK},
        margin={"l": 62, "r": 12, "t": 12, "b": 34},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        hovermode="x unified",
        dragmode=False,
    )
    figure.update_xaxes(fixedrange=True, showgrid=False, automargin=False)
    figure.update_yaxes(fixedrange=True, gridcolor=RULE, zeroline=False, automargin=False)
    return figure


def over_time(figure: go.Figure, table: pl.DataFrame, axis: str, reach: tuple[float, float] | None) -> go.Figure:
    """Periods below, each at its middle and named as what it is; the unit along the left."""
    periods = table.select("period", "start", "years").unique().sort("start")
    step = -(-periods.height // TICKS) or 1
    named = periods.gather_every(step, offset=(periods.height - 1) % step) if periods.height else periods
    if periods.height:
        ends = [float(periods["start"][0]), float(periods["start"][-1] + periods["years"][-1])]
        figure.update_xaxes(range=ends)
    figure.update_xaxes(
        tickvals=(named["start"] + named["years"] / 2).to_list(),
        ticktext=[safe(period_words(period)) for period in named["period"]],
        ticks="outside",
        tickcolor=PALE,
        tickangle=0,
        hoverformat=".0f",
    )
    figure.update_yaxes(title={"text": axis, "standoff": 8}, tickformat=",~g")
    if reach is not None:
        figure.update_yaxes(range=list(reach))
    return figure


def shade_after(figure: go.Figure, year: float) -> None:
    """Grey what a figure over time shows from a year on [decimal year]; nothing if it ends before that."""
    end = figure.layout.xaxis.range[1] if figure.layout.xaxis.range else year
    if end > year:
        shape = {"type": "rect", "xref": "x", "yref": "paper", "x0": year, "x1": end, "y0": 0, "y1": 1}
        figure.add_shape(**shape, fillcolor="rgba(110,110,110,0.16)", line_width=0, layer="above")


def label_ends(
    figure: go.Figure, ends: Mapping[str, tuple[float, str]], reach: tuple[float, float], square: bool = True
) -> None:
    """Write names of series right of the figure at the height of their ends, moved apart where they would touch."""
    if not ends:
        return
    lines_of = {name: wrap(short(capital(name), 3 * LABEL), LABEL) or [name] for name in ends}
    longest = max(len(line) for lines in lines_of.values() for line in lines)
    figure.update_layout(margin_r=LETTER * longest + (28 if square else 12))
    margin = figure.layout.margin
    height = figure.layout.height - margin.t - margin.b
    pixel = {name: (end - reach[0]) / (reach[1] - reach[0]) * height for name, (end, _) in ends.items()}
    names = sorted(ends, key=lambda name: pixel[name])
    half = [LINE * len(lines_of[name]) / 2 + 1 for name in names]
    for name, at in zip(names, apart([pixel[name] for name in names], half, (0.0, float(height))), strict=True):
        mark = f'<span style="color:{ends[name][1]}">{"▨" if name == TRANSFERS else "■"}</span> ' if square else ""
        text = mark + "<br>".join(safe(line) for line in lines_of[name])
        figure.add_annotation(
            xref="paper", yref="paper", x=1, y=at / height, text=text, align="left", showarrow=False,
            xanchor="left", yanchor="middle", xshift=6, font={"size": 12, "color": INK},
        )  # fmt: skip


def apart(positions: Sequence[float], half: Sequence[float], within: tuple[float, float]) -> list[float]:
    """Return positions in rising order moved as little as needed, so that boxes of these half heights do not overlap.

    Where they do not all fit between the two bounds they start at the lower one and go on above the upper one.
    """
    placed: list[float] = []
    floor = within[0]
    for position, size in zip(positions, half, strict=True):
        placed.append(max(position, floor + size))
        floor = placed[-1] + size
    ceiling = max(within[1], sum(half) * 2 + within[0])
    for at in range(len(placed) - 1, -1, -1):
        placed[at] = min(placed[at], ceiling - half[at])
        ceiling = placed[at] - half[at]
    return placed


def label_above(figure: go.Figure, label: str, y: float, lift: float = 0.42) -> None:
    """Write a label at the left edge above a bar or dot."""
    figure.add_annotation(
        xref="paper",
        x=0,
        y=y + lift,
        text=safe(label),
        bgcolor="rgba(255,255,255,0.75)",
        borderpad=0,
        showarrow=False,
        xanchor="left",
        xshift=3,
        yanchor="middle",
        align="left",
    )


def reach_of(values: Sequence[float], logarithmic: bool) -> tuple[float, float]:
    """From and to of an axis, with room above; of a logarithmic axis in powers of ten."""
    if logarithmic:
        positive = [value for value in values if value > 0] or [1.0]
        return float(np.log10(min(positive)) - 0.1), float(np.log10(max(positive)) + 0.1)
    low, high = min([0.0, *values]), max([0.0, *values])
    return (low * 1.06, high * 1.06 if high > 0 else 1.0 if low == 0 else 0.0)


def fill(colour: str, hatched: bool) -> dict[str, object]:
    """Return how a bar is filled: plain, or hatched on its colour for a transfer."""
    line = {"width": 0.6, "color": "white"}
    pattern = {"shape": "/", "fgcolor": INK, "bgcolor": colour, "size": 5, "solidity": 0.25}
    return {"color": colour, "line": line, "pattern": pattern} if hatched else {"color": colour, "line": line}


def mixed(colour: str, step: float) -> str:
    """A colour mixed with white (step > 0) or black (step < 0)."""
    channels = [int(part, 16) for part in re.findall("..", colour.lstrip("#"))]
    end = 255 if step > 0 else 0
    return "#" + "".join(f"{round(channel + (end - channel) * abs(step)):02X}" for channel in channels)


def safe(text: str) -> str:
    """Text from data, with what plotly would take for markup escaped."""
    return escape(text, quote=False).replace("{", "&#123;")
