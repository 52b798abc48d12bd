"""The report's figures as SVG, drawn with matplotlib from rows that `report_rows.named` named."""

from __future__ import annotations

import io
from collections.abc import Iterable

import numpy as np
import pandas as pd

from ugrn_core.experiment.evaluation.methods import ABLATION, methods

STYLE = {
    "font.size": 8,
    "font.family": "sans-serif",
    "text.parse_math": False,  # names may hold $
    "svg.fonttype": "none",  # text stays text: it can be searched, copied and read aloud
    "svg.hashsalt": "ugrn",  # the same table gives the same bytes
    "axes.spines.top": False,
    "axes.spines.right": False,
}
CURVES = 6  # methods in colour; more cannot be told apart
BLUE, ORANGE, GREY = "#1f5fa8", "#d1701f", "#777777"


def heatmap(part: pd.DataFrame, title: str) -> str:
    """Return AUPRC of every method (rows) and cell (columns); grey where there is none."""
    methods, cells = (list(dict.fromkeys(part[c])) for c in ("method", "cell"))
    mean = part.groupby(["method", "cell"])["auprc"].mean()
    table = mean.unstack().reindex(index=methods, columns=cells)
    return _grid(table, title)


def matrix(part: pd.DataFrame, title: str) -> str:
    """Return mean AUPRC of sources (rows) by targets (columns)."""
    sources, targets = (list(dict.fromkeys(part[c])) for c in ("source", "dataset"))
    mean = part.groupby(["source", "dataset"])["auprc"].mean()
    return _grid(mean.unstack().reindex(index=sources, columns=targets), title)


def _grid(table: pd.DataFrame, title: str) -> str:
    from matplotlib import colormaps

    rows, columns = table.shape
    figure, (axes,) = new_figure(
        2.2 + _words(table.index) + max(0.42 * columns, 1),
        1.2 + _words(table.columns) + max(0.24 * rows, 1),
    )
    colours = colormaps["viridis"].with_extremes(bad="#dddddd")
    values = np.ma.masked_invalid(table.to_numpy(dtype=float))
    image = axes.imshow(values, cmap=colours, vmin=0, vmax=1, aspect="auto")
    for (row, column), value in np.ndenumerate(table.to_numpy(dtype=float)):
        if np.isfinite(value):
            dark = value < 0.6
            axes.text(
                *(column, row, f"{value:.2f}"),
                ha="center",
                va="center",
                fontsize=6,
                color="white" if dark else "black",
            )
    axes.set_xticks(range(columns), table.columns, rotation=60, ha="right")
    axes.set_yticks(range(rows), table.index)
    axes.set_title(title, loc="left")
    figure.colorbar(image, ax=axes, label="AUPRC", shrink=0.5, aspect=30)
    return as_svg(figure)


def forest(part: pd.DataFrame, title: str) -> str:
    """Return one panel a data set: every method's AUPRC with its 95 % interval; dashed: chance."""
    datasets, methods = (list(dict.fromkeys(part[c])) for c in ("dataset", "method"))
    figure, panels = new_figure(
        1 + _words(methods) + 1.05 * len(datasets),
        1.8 + max(0.17 * len(methods), 0.5),
        columns=len(datasets),
    )
    place = {m: k for k, m in enumerate(methods)}
    for axes, dataset in zip(panels, datasets):
        here = part[(part["dataset"] == dataset) & part["auprc"].notna()]
        for row in here.itertuples():
            y = place[row.method]
            control = row.kind == "control" or row.random_weights
            colour = GREY if control else BLUE
            axes.plot([row.auprc_low, row.auprc_high], [y, y], color=colour, linewidth=1)
            axes.plot(row.auprc, y, "s" if control else "o", color=colour, markersize=3)
        if len(here):
            axes.axvline(here["prevalence"].iloc[0], color="black", linewidth=0.6, linestyle="--")
        axes.set_xlim(0, 1)
        axes.set_title(dataset)
        axes.set_xlabel("AUPRC")
    panels[0].set_yticks(range(len(methods)), methods)
    panels[0].set_ylim(len(methods) - 0.5, -0.5)
    figure.suptitle(title, x=0.01, ha="left")
    return as_svg(figure)


def curves(part: pd.DataFrame, title: str) -> str:
    """Return one panel a data set: precision over recall of the CURVES best own methods (by mean
    AUPRC; ablations are left out) in colour and of the controls in grey; dashed: chance."""
    from matplotlib import colormaps

    ablations = [m.name for m in methods().values() if m.kind == ABLATION]
    part = part[part["precision_at_recall"].notna() & ~part["probe"].isin(ablations)]
    datasets = list(dict.fromkeys(part["dataset"]))
    mean = part[~_is_control(part)].groupby("method", sort=False)["auprc"].mean()
    own = list(mean.sort_values(ascending=False, kind="stable").index[:CURVES])
    colour = {m: colormaps["tab10"](k) for k, m in enumerate(own)}
    part = part[_is_control(part) | part["method"].isin(own)]
    figure, panels = new_figure(1.2 + 1.4 * len(datasets), 3.2, columns=len(datasets))
    lines = {}
    for axes, dataset in zip(panels, datasets):
        here = part[part["dataset"] == dataset]
        for row in here[::-1].itertuples():  # controls first, below the others
            precision = np.asarray(row.precision_at_recall, dtype=float)
            recall = np.arange(1, len(precision) + 1) / len(precision)
            style = {"color": colour.get(row.method, "#bbbbbb"), "linewidth": 1}
            (lines[row.method],) = axes.plot(recall, precision, **style)
        axes.axhline(here["prevalence"].iloc[0], color="black", linewidth=0.6, linestyle="--")
        axes.set(xlim=(0, 1), ylim=(0, 1), xticks=(0, 0.5, 1), title=dataset, xlabel="recall")
    panels[0].set_ylabel("precision (grey: controls)")
    handles = [lines[m] for m in own]
    figure.legend(handles, own, loc="outside lower left", frameon=False, ncols=3)
    figure.suptitle(title, x=0.01, ha="left")
    return as_svg(figure)


def gains(part: pd.DataFrame, over: str, title: str) -> str:
    """Return what each method gains in AUPRC over another, cell by cell, with paired intervals.

    over: the columns gain_over_<over>, _low and _high.
    """
    part = part[part[f"gain_over_{over}"].notna()]
    methods = list(dict.fromkeys(part["method"]))
    cells = list(dict.fromkeys(part["cell"]))
    figure, panels = new_figure(
        1 + _words(cells) + 2 * len(methods), 1.4 + 0.17 * len(cells), columns=len(methods)
    )
    for axes, method in zip(panels, methods):
        here = part[part["method"] == method]
        y = [cells.index(c) for c in here["cell"]]
        middle = here[f"gain_over_{over}"]
        low, high = (here[f"gain_over_{over}_{end}"] for end in ("low", "high"))
        axes.hlines(y, low, high, color=BLUE, linewidth=1)
        axes.plot(middle, y, "o", color=BLUE, markersize=3)
        axes.axvline(0, color="black", linewidth=0.6, linestyle="--")
        axes.set(title=method, xlabel="gain in AUPRC")
    panels[0].set_yticks(range(len(cells)), cells)
    panels[0].set_ylim(len(cells) - 0.5, -0.5)
    figure.suptitle(title, x=0.01, ha="left")
    return as_svg(figure)


def reliability(part: pd.DataFrame, title: str) -> str:
    """Return, a panel a method, the share of edges over the probability said; dot area: pairs.

    All cells together; dashed: probabilities that mean what they say.
    """
    part = part[part["reliability_pairs"].notna()]
    methods = list(dict.fromkeys(part["method"]))
    figure, panels = new_figure(1 + 2.2 * len(methods), 2.8, columns=len(methods))
    for axes, method in zip(panels, methods):
        here = part[part["method"] == method]
        pairs, said, came = (
            np.array([np.asarray(v, dtype=float) for v in here[f"reliability_{name}"]])
            for name in ("pairs", "predicted", "observed")
        )
        total = pairs.sum(axis=0)
        some = np.maximum(total, 1)
        x, y = (np.nansum(v * pairs, axis=0) / some for v in (said, came))
        full = total > 0
        axes.plot([0, 1], [0, 1], color="black", linewidth=0.6, linestyle="--")
        axes.plot(x[full], y[full], color=BLUE, linewidth=1)
        axes.scatter(x[full], y[full], s=4 + 60 * total[full] / total.max(), color=BLUE)
        axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="probability said")
        axes.set_title(method, fontsize=7)
    panels[0].set_ylabel("share of edges")
    figure.suptitle(title, x=0.01, ha="left")
    return as_svg(figure)


def _is_control(rows: pd.DataFrame) -> pd.Series:
    return (rows["kind"] == "control") | rows["random_weights"]


def published(pairs: pd.DataFrame, title: str) -> str:
    """Return the paper's figures (open) beside ours (filled), cell by cell."""
    names = [f"{r.network} · {r.dataset} · {r.published_probe}" for r in pairs.itertuples()]
    figure, (axes,) = new_figure(6.5, 1.8 + max(0.17 * len(pairs), 0.5))
    y = np.arange(len(pairs))
    axes.hlines(y, pairs["published"], pairs["ours"], color="#bbbbbb", linewidth=1)
    style = {"s": 18, "zorder": 3}
    axes.scatter(
        *(pairs["published"], y),
        facecolors="white",
        edgecolors=ORANGE,
        label="published (scGPT weights, Qi et al. 2026)",
        **style,
    )
    axes.scatter(pairs["ours"], y, color=BLUE, label="ours", **style)
    axes.set_yticks(y, names)
    axes.set_ylim(len(pairs) - 0.5, -0.5)
    axes.set_xlim(0, 1)
    axes.set_xlabel("AUPRC")
    figure.legend(loc="outside lower center", frameon=False, ncols=2)
    axes.set_title(title, loc="left")
    return as_svg(figure)


def _words(labels: Iterable[str]) -> float:
    """Inches that the longest of `labels` takes."""
    return 0.07 * max((len(str(label)) for label in labels), default=0)


def new_figure(width: float, height: float, columns: int = 1):
    """Return a figure of its own, without pyplot's global state, and its row of axes."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.subplots(1, columns, sharey=True, squeeze=False)[0]
    return figure, axes


def as_svg(figure) -> str:
    """Return a figure as an SVG element, the same bytes for the same figure."""
    from matplotlib import rc_context

    buffer = io.StringIO()
    with rc_context(STYLE):
        figure.savefig(
            buffer, format="svg", bbox_inches="tight", metadata={"Date": None, "Creator": None}
        )
    text = buffer.getvalue()
    return text[text.index("<svg") :]
