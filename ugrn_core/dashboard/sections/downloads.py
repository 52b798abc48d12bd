"""Everything one can take away: what it is and its button; size and checksum on request."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from ugrn_core import quantities
from ugrn_core.dashboard.queries import edges
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.widgets.download_buttons import safe_stem
from ugrn_core.experiment.runs.edges import TOP_PERCENT
from ugrn_core.experiment.runs.results import Results, curves_npz
from ugrn_core.export import FORMATS
from ugrn_core.export.base import ExportFormat, labelled, sidecar_json
from ugrn_core.markdown import literal

# What a format is taken for, the most wanted first; one of no group stands with the last.
_TABLES = {
    "For a spreadsheet": ("tsv", "xlsx", "csv"),
    "For Cytoscape, Gephi and NDEx": ("graphml", "cx2", "cyjs", "sif", "gexf"),
    "For scanpy, decoupler, pySCENIC, BEELINE and others": ("parquet", "h5ad"),
}
_FIRST, _LAST = next(iter(_TABLES)), list(_TABLES)[-1]
_REST = "Curves, and where all of these come from"
_BINARY = "application/octet-stream"
_FILES = {
    "README.md": "Model card, for people",
    "card.json": "Model card: recipe, validation, every training set",
    "args.json": "Shape of the network",
    "ugrn.json": "Grid, baseline, readouts and unit of the values",
    "vocab.json": "Gene symbol to token number",
    "model.safetensors": "Weights; reading them executes no code",
    "best_model.pt": "Weights, as PyTorch saved them",
    "gdt.safetensors": "Translator of gradient trajectories, all seeds",
    "vvp.safetensors": "Translator of response curves, all seeds",
    "gdt.card.json": "Its card: training pairs, recipe, held-out AUPRC",
    "vvp.card.json": "Its card: training pairs, recipe, held-out AUPRC",
    "stacked.safetensors": "Translator of named numbers, all seeds",
    "stacked.card.json": "Its card: training pairs, recipe, held-out AUPRC",
    "benchmark-classical.parquet": "Classical methods, same pairs; provenance in its metadata",
    "benchmark-pidc.parquet": "PIDC, same pairs; provenance in its metadata",
    "overexpression.csv": "LINCS L1000: what moved, and which way, per backbone",
    "benchmark-hesc.parquet": "hESC's own cells, from mESC; provenance in its metadata",
    "benchmark-meta.parquet": "ugrn-meta on every network; provenance in its metadata",
    "benchmark-small.parquet": "ugrn-small on every network; provenance in its metadata",
    "benchmark-matrix.parquet": "Any source data set to any target; provenance in its metadata",
    "benchmark-several-meta.parquet": "ugrn-meta, several sources; provenance in its metadata",
    "benchmark-several.parquet": "Several sources together; provenance in its metadata",
    "benchmark.parquet": "Every number of the probe benchmark; provenance in its metadata",
}


@dataclass(frozen=True)
class Artefact:
    """A file to take away. data: writes or reads it, after a click. path: of a file on disk.
    made_of: what else than the run a written file is made from."""

    name: str
    words: str
    mime: str
    data: Callable[[], bytes]
    path: Path | None = None
    made_of: tuple[str, ...] = ()


def of_run(view: View, results: Results) -> dict[str, list[Artefact]]:
    """Return the files of the run in view by what they are for: the edge table in every format,
    spreadsheets' first, then curves and provenance."""
    run, about = view.run_id, results.provenance
    stem = safe_stem(f"ugrn-{view.spec.dataset}-{view.spec.backbone}")
    facts = edges.summary(run, results)
    # What a table holds beside the run itself: other runs are counted, references mark its edges.
    others = (*map(str, results.others), results.known.digest)
    grouped = {}
    for group, names in _formats().items():
        styles = [FORMATS[name] for name in names]
        grouped[group] = [
            _table(style, results, stem, facts["kept"], others)
            for style in styles
            if style.fits(facts["kept"], facts["scored"])
        ]
    grouped[_REST] = [
        *_curves(view, results, stem),
        Artefact(
            f"{stem}.provenance.json",
            "Provenance of all of these: backbone, panel, grid, checksums, versions",
            "application/json",
            lambda: sidecar_json(about),
            made_of=others,
        ),
    ]
    return {group: artefacts for group, artefacts in grouped.items() if artefacts}


def _curves(view: View, results: Results, stem: str) -> list[Artefact]:
    """Return the file of all curves; none of an atlas, which keeps what they amount to."""
    if not results.whole:
        return []
    words = "All curves: genes, sources, grid, baseline, vvp and gdt (source × grid value × gene)"
    return [
        Artefact(f"{stem}.curves.npz", words, _BINARY, lambda: curves_npz(view.settings, view.spec))
    ]


def _formats() -> dict[str, list[str]]:
    """Return the names of all formats by what they are for."""
    named = {name for names in _TABLES.values() for name in names}
    groups = {group: list(names) for group, names in _TABLES.items()}
    groups[_LAST] += [name for name in FORMATS if name not in named]
    return groups


def _table(
    style: ExportFormat, results: Results, stem: str, pairs: int, others: tuple[str, ...]
) -> Artefact:
    """Return the edge table in one format; without scores, of the best pairs: all would say
    nothing."""
    about, words, most = results.provenance, "Every pair", pairs
    if not results.whole:
        words = f"The best {pairs:,} of {about['n_pairs']:,} pairs"
    if style.scoreless:
        of = "pairs" if results.whole else f"these {pairs:,} pairs"
        stem, words = f"{stem}.top", f"The best {TOP_PERCENT:g} % of {of}"
        most = max(1, round(pairs * TOP_PERCENT / 100))
    return Artefact(
        f"{stem}{style.suffix}",
        f"{words}. {style.label}" + ("; provenance apart" if style.sidecar else ""),
        style.mime,
        lambda: style.write(labelled(edges.everything(results).head(most), about), about),
        made_of=others,
    )


def in_folder(folder: Path) -> list[Artefact]:
    """Return the plain files of `folder` by name; none where there is no such folder."""
    paths = sorted(p for p in folder.glob("*") if p.is_file() and not p.name.startswith("."))
    return [
        Artefact(
            name=p.name,
            words=_FILES.get(p.name, "File of this folder"),
            mime=_BINARY,
            data=p.read_bytes,
            path=p,
        )
        for p in paths
        if not p.is_symlink()
    ]


def checksums() -> bool:
    """Draw the toggle of sizes and checksums, off at first; return whether it is on."""
    return st.toggle(
        "Sizes and checksums",
        key="ugrn_checksums",
        help="SHA-256 of each file. Writes every format once, some seconds for large runs",
    )


def draw_groups(view: View, grouped: dict[str, list[Artefact]], key: str, sums: bool) -> None:
    """Draw the first group at once, each other in a box that opens."""
    for k, (group, artefacts) in enumerate(grouped.items()):
        if group == _FIRST:
            draw(view, artefacts, f"{key}_{k}", sums)
            continue
        with st.expander(group, icon=":material/folder_open:"):
            draw(view, artefacts, f"{key}_{k}", sums)


def draw(view: View, artefacts: list[Artefact], key: str, sums: bool = False) -> None:
    """Draw a row a file. sums: read or write each once, to tell its size and checksum."""
    for item in artefacts:
        what, button = st.columns([7, 2], vertical_alignment="center")
        facts = _facts(view, item, sums)
        below = f"  \n:small[{facts}]" if facts else ""
        what.markdown(f"**{literal(item.name)}**: {item.words}{below}")
        button.download_button(
            f"Download {Path(item.name).suffix}".strip(),
            data=item.data,
            file_name=item.name,
            mime=item.mime,
            key=f"{key}_{item.name}",
            on_click="ignore",
            icon=":material/download:",
            help=item.name,
            width="stretch",
        )


def _facts(view: View, item: Artefact, sums: bool) -> str:
    """Return the size and checksum of a file; without `sums` only what costs nothing to know."""
    if not sums:
        return quantities.size(item.path.stat().st_size) if item.path is not None else ""
    if item.path is not None:
        stat = item.path.stat()
        size, digest = _of_file(str(item.path), stat.st_mtime_ns, stat.st_size)
    else:
        size, digest = _of_written((view.run_id, item.name, *item.made_of), item.data)
    return f"{quantities.size(size)} · sha256 `{digest}`"


@st.cache_data(max_entries=256, show_spinner=False)
def _of_file(path: str, changed: int, size: int) -> tuple[int, str]:
    with open(path, "rb") as file:
        return size, hashlib.file_digest(file, "sha256").hexdigest()


@st.cache_data(max_entries=256, show_spinner="Writing each file once")
def _of_written(key: tuple[str, ...], _data: Callable[[], bytes]) -> tuple[int, str]:
    content = _data()
    return len(content), hashlib.sha256(content).hexdigest()
