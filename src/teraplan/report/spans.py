"""Drawing of ranges: from the least to the most, one inside the other, what is chosen marked."""

import plotly.graph_objects as go
import polars as pl

from teraplan.report.canvas import INK, PALE, empty, safe

SOFT, DEEP = "#9FC5DE", "#0072B2"
ROW = 50
"""Height of one range with the two lines above it [pixel]."""


def spans(table: pl.DataFrame, axis: str) -> go.Figure:
    """Return for each label a bar from least to most, a thin one inside it, and a dot at the optimum, in their order.

    table: label, told (a second line), least, most, inner_least, inner_most, optimum, all of the same unit.
    """
    figure = empty(56 + ROW * table.height)
    place = {label: table.height - at for at, label in enumerate(table["label"])}
    rows = [place[label] for label in table["label"]]
    for least, most, width, colour in (("least", "most", 0.22, SOFT), ("inner_least", "inner_most", 0.12, DEEP)):
        figure.add_bar(
            base=table[least].to_list(),
            x=[max(0.002, end - start) for start, end in table.select(least, most).iter_rows()],
            y=rows,
            orientation="h",
            width=width,
            marker={"color": colour},
            hoverinfo="skip",
        )
    figure.add_scatter(
        x=table["optimum"].to_list(),
        y=rows,
        mode="markers",
        marker={"size": 8, "color": INK, "line": {"width": 1.5, "color": "white"}},
        text=[safe(label) for label in table["label"]],
        hovertemplate="%{text}<extra></extra>",
        cliponaxis=False,
    )
    for label, told in table.select("label", "told").iter_rows():
        figure.add_annotation(
            xref="paper", x=0, y=place[label] + 0.48, align="left", showarrow=False, xanchor="left", yanchor="middle",
            xshift=8, text=f'{safe(label)}<br><span style="color:{PALE}">{safe(told)}</span>',
        )  # fmt: skip
    figure.update_layout(barmode="overlay", margin={"l": 12, "r": 12, "t": 14, "b": 46}, hovermode="closest")
    figure.update_xaxes(title={"text": axis, "standoff": 6}, range=[-0.01, 1.03], tickformat=".0%")
    figure.update_yaxes(visible=False, range=[0.6, table.height + 0.9])
    return figure
