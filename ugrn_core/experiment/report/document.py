"""The benchmark's report: one HTML file with everything in it, and Markdown with its figures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ugrn_core.benchmark.results_table import read_results
from ugrn_core.experiment.report import figures
from ugrn_core.experiment.report import tables as rows_of
from ugrn_core.files import write_atomically
from ugrn_core.markdown import cell, in_line
from ugrn_core.markdown import table as markdown_table

SAMPLINGS = {
    "paper": "as many negatives as edges, drawn uniformly; popularity alone nearly solves this",
    "matched": "negatives as popular as the edges; chance is 0.5, also for the popularity oracle",
    "full": "every unlabelled candidate is a negative; chance is the prevalence",
}
INTRODUCTION = (
    "AUPRC with 95 % intervals by drawing regulators, not pairs. Candidates are (regulator, gene) "
    "pairs without self-pairs; where only some regulators were measured, those only. Unlabelled is "
    "not the same as untrue. A probe that does not beat the grey controls has shown nothing. "
    "Precision-recall curves are drawn where the table keeps them (benchmark --pr-curves)."
)
CELLS_WORDS = (
    "Known edges among the candidates, all genes. LOF/GOF was measured for mESC only: of 28 "
    "combinations of network and data set six do not exist."
)
COLUMNS = {
    "mean_auprc": "mean AUPRC",
    "mean_epr": "mean EPR",
    "above_chance": "cells surely above chance",
    "missing": "cells without a number",
    "mean_core_seconds": "core seconds a data set",
}
GAINS = {
    "paper_ensemble": "the paper's ensemble",
    "corpus_svd": "the corpus SVD",
    "own_cosine": "the centred cosine of the backbone's own gene table",
}
GAINS_WORDS = (
    "Difference in AUPRC on the same pairs. Intervals are paired: in every replicate both scores "
    "see the same regulators. ahead: cells with a gain above 0; surely: whose interval is above 0."
)
RELIABILITY_WORDS = (
    "Share of edges among the pairs given about that probability; the larger the dot, the more "
    "pairs. On the dashed line a probability means what it says. Both samplings are balanced: "
    "among all pairs of a panel edges are rarer, and so is any score's meaning."
)
PAGE = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{ first.heading }}</title><style>
body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;margin:1rem 0}
td,th{border-bottom:1px solid #ccc;padding:.15rem .6rem;text-align:left}
td:last-child{overflow-wrap:anywhere}
figure{margin:1rem 0;overflow-x:auto}svg{max-width:none}
nav{columns:2}nav a{display:block}
</style></head><body>
<h1 id="{{ first.heading | anchor }}">{{ first.heading }}</h1><p>{{ first.words }}</p>
<nav>
{% for part in parts if part.heading %}
<a href="#{{ part.heading | anchor }}">{{ part.heading }}</a>
{% endfor %}
</nav>
{% for part in parts %}
{% if part.heading %}
<h2 id="{{ part.heading | anchor }}">{{ part.heading }}</h2>
{% endif %}
{% if part.words %}
<p>{{ part.words }}</p>
{% endif %}
{% if part.figure %}
{# An SVG that we drew: matplotlib has escaped the names in it. #}
<figure>{{ part.figure | safe }}</figure>
{% endif %}
{% if part.table is not none %}
<table><thead><tr>
{%- for name in part.table.columns %}<th>{{ name }}</th>{% endfor %}</tr></thead><tbody>
{% for row in part.table.itertuples(index=False) %}
<tr>{% for value in row %}<td>{{ value | cell }}</td>{% endfor %}</tr>
{% endfor %}
</tbody></table>
{% endif %}
{% endfor %}
</body></html>
"""


@dataclass(frozen=True)
class Part:
    """One piece of the report: a heading, words, a table or a figure (SVG and what it shows)."""

    heading: str = ""
    words: str = ""
    table: pd.DataFrame | None = None
    figure: str = ""


def write_report(results: Path, out: Path) -> Path:
    """Write report.html, report.md and its figures to the folder `out`; return the HTML's path.

    Everything comes from the results table: the same table gives the same files. Raises
    MissingDataError or TableError for what is no results table.
    """
    table, about = read_results(results)
    parts = list(_parts(rows_of.in_order(rows_of.named(table)), about))
    files = _markdown(parts) | {"report.html": _html(parts)}
    for name, content in files.items():
        write_atomically(out / name, content.encode())
    return out / "report.html"


def _parts(rows: pd.DataFrame, about: dict) -> Iterator[Part]:
    yield Part("UGRN benchmark", INTRODUCTION)
    made = pd.DataFrame(
        [(k.replace("_", " "), str(v)) for k, v in about.items()], columns=["what", "value"]
    )
    yield Part("How it was made", table=made)
    if {"n_positives", "n_dropped"} <= set(rows):
        yield Part("The 22 cells", CELLS_WORDS, rows_of.grid(rows))
    pairs = rows_of.beside_published(rows)
    if len(pairs):
        yield Part("The paper's figures beside ours", _beside(pairs))
        yield Part(
            figure=figures.published(pairs, "paper sampling, all genes"), table=_worded(pairs)
        )
    for key, part in rows_of.sections(rows):
        yield from _section(key, part, len(set(rows["source"])) > 1)
    yield from _gains(rows)
    yield from _reliability(rows)
    if len(set(rows["source"])) > 1:
        yield from _matrices(rows)
    missing = rows_of.reasons(rows)
    if len(missing):
        yield Part("Rows without a number, and why", table=missing)


def _beside(pairs: pd.DataFrame) -> str:
    backbones = ", ".join(sorted(set(pairs["backbone"])))
    return (
        "Published: Qi et al., ICML 2026 (arXiv 2605.08128), scGPT weights; shown as published, "
        f"not measured here. Ours: {backbones}, measured here by the paper's protocol."
    )


def _section(key: dict[str, str], part: pd.DataFrame, many: bool) -> Iterator[Part]:
    title = f"{key['sampling']} sampling, {key['genes']} genes"
    title += f", {key['gene_set']}" if key["gene_set"] else ""
    title += f", trained on {key['source']}" if many else ""
    words = f"{SAMPLINGS.get(key['sampling'], '')}."
    yield Part(_capital(title), _capital(words), _worded(rows_of.summary(part)))
    drawn = part[part.groupby("method")["auprc"].transform("count") > 0]
    if drawn.empty:
        return
    yield Part(figure=figures.heatmap(drawn, f"AUPRC by cell: {title}"))
    for network, cells in drawn.groupby("network", sort=False):
        yield Part(figure=figures.forest(cells, f"{network}: {title}"))
        if "precision_at_recall" in cells and cells["precision_at_recall"].notna().any():
            yield Part(figure=figures.curves(cells, f"{network}, precision over recall: {title}"))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _worded(table: pd.DataFrame) -> pd.DataFrame:
    """`table` with column names as people say them."""
    return table.rename(columns=lambda c: COLUMNS.get(c, c.replace("_", " ")))


def _gains(rows: pd.DataFrame) -> Iterator[Part]:
    own = rows[~rows["random_weights"]]
    for name, words in GAINS.items():
        column = f"gain_over_{name}"
        if column not in own or not own[column].notna().any():
            continue
        for key, part in rows_of.sections(own[own[column].notna()]):
            title = f"over {words}: {key['sampling']} sampling, {key['genes']} genes"
            yield Part(f"Gain {title}", GAINS_WORDS, _worded(rows_of.gains(part, column)))
            yield Part(figure=figures.gains(part, name, title))


def _reliability(rows: pd.DataFrame) -> Iterator[Part]:
    if "reliability_pairs" not in rows:
        return
    own = rows[rows["reliability_pairs"].notna() & ~rows["random_weights"]]
    for key, part in rows_of.sections(own):
        title = f"{key['sampling']} sampling, {key['genes']} genes"
        yield Part(f"Do probabilities mean what they say? {title}", RELIABILITY_WORDS)
        yield Part(figure=figures.reliability(part, title))


def _matrices(rows: pd.DataFrame) -> Iterator[Part]:
    yield Part("Any source to any target", "Mean AUPRC over the networks that both share.")
    own = rows[(rows["genes"] == "all") & (rows["kind"] == "translator") & ~rows["random_weights"]]
    for (sampling, method), part in own.groupby(["sampling", "method"], sort=False):
        yield Part(figure=figures.matrix(part, f"{method}, {sampling} sampling: source x target"))


def _html(parts: list[Part]) -> str:
    from jinja2 import Environment

    template = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template.filters |= {"anchor": _anchor, "cell": cell}
    return template.from_string(PAGE).render(first=parts[0], parts=parts[1:])


def _anchor(heading: str) -> str:
    return re.sub("[^a-z0-9]+", "-", heading.lower()).strip("-")


def _markdown(parts: list[Part]) -> dict[str, str]:
    """Return report.md and the figures it shows, by file name."""
    files, blocks = {}, []
    for part in parts:
        level = "#" if part is parts[0] else "##"
        blocks += [f"{level} {in_line(part.heading)}"] if part.heading else []
        blocks += [in_line(part.words)] if part.words else []
        if part.figure:
            name = f"figure-{len(files) + 1:02d}.svg"
            files[name] = part.figure
            blocks.append(f"![]({name})")
        if part.table is not None:
            blocks.append(markdown_table(part.table))
    return files | {"report.md": "\n\n".join(blocks) + "\n"}
