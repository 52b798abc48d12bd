"""What a finished run says, read back for pages."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from ugrn_core.errors import MissingDataError, StorageError, UnknownGeneError
from ugrn_core.experiment.catalog.datasets import ALL_GENES
from ugrn_core.experiment.curves import probing
from ugrn_core.experiment.curves.expected import Expected, ExpectedPair
from ugrn_core.experiment.curves.panel_plan import PanelPlan, plan_of
from ugrn_core.experiment.references import measured
from ugrn_core.experiment.references.cards import ReferenceCard
from ugrn_core.experiment.references.judging import sign_scores
from ugrn_core.experiment.references.known import Known, of_study
from ugrn_core.experiment.runs import across_backbones, compute, run_folder
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.experiment.runs.run_folder import RANDOM
from ugrn_core.jobs.store import ProbeStore, StoreKey
from ugrn_core.probes.virtual_cell import curves_at
from ugrn_core.settings import Settings
from ugrn_core.translators import explain


@dataclass(frozen=True, eq=False)
class PairCurves:
    """Curves of source -> target over `grid` (T,); reverse_* is None where the target was no
    source. null_*: central 95 % of all pairs of the panel at each value; random_*: the same under
    random weights; expected: what the gene table alone foretells. None while they are still
    computed; random_* also where the backbone is such a control itself, or none can be drawn. All
    of the GDT is None where there is no derivative."""

    grid: np.ndarray
    vvp: np.ndarray
    gdt: np.ndarray | None
    reverse_vvp: np.ndarray | None
    reverse_gdt: np.ndarray | None
    null_vvp_low: np.ndarray | None = None
    null_vvp_high: np.ndarray | None = None
    null_gdt_low: np.ndarray | None = None
    null_gdt_high: np.ndarray | None = None
    random_vvp_low: np.ndarray | None = None
    random_vvp_high: np.ndarray | None = None
    random_gdt_low: np.ndarray | None = None
    random_gdt_high: np.ndarray | None = None
    expected: ExpectedPair | None = None


@dataclass(frozen=True, eq=False)
class Attribution:
    """What each of `names` added to the log-odds (n,), none for a translator that reads nothing but
    curves; by_value: curve -> what each grid value added (T,), part of `added` where both exist."""

    names: tuple[str, ...]
    added: np.ndarray
    by_value: dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class ProfileShare:
    """What each of `regulators` adds to a pair's log-odds (S,) through how alike both genes answer
    it; log_odds: of the pair, against the average one."""

    regulators: tuple[str, ...]
    added: np.ndarray
    log_odds: float


class Results:
    """A finished run. Genes are named as the data set names them."""

    def __init__(
        self,
        settings: Settings,
        spec: run_spec.Spec,
        references: tuple[ReferenceCard, ...] = (),
    ) -> None:
        """references: what its pairs are held against, beside the data set's own networks. Raises
        MissingDataError when the run is not done."""
        self._settings, self._spec, self._references = settings, spec, references
        self._ready = run_spec.prepare(settings, spec)
        self.folder = run_folder.where(settings, self._ready.run_id)
        _ = self._files
        probing.mark_used(settings.probes, self._store_key)
        if self.whole:
            with suppress(StorageError):  # a disk that takes nothing: computed when asked for
                unpack_curves(settings, self._ready, self.folder)

    @property
    def _files(self) -> run_folder.RunFiles:
        """What the folder holds now: looked at each time, for it may be damaged meanwhile."""
        files = run_folder.read(self.folder)
        if not files.has_edges:
            raise MissingDataError(
                files.problem or "This panel has not been probed yet. Start the run first."
            )
        return files

    @property
    def edges_path(self) -> Path:
        """Parquet file of every pair, best first; raise MissingDataError when it is not sound."""
        _ = self._files
        return self.folder / run_folder.EDGES

    @property
    def control_missing(self) -> bool:
        """Whether the bands that curves are compared with are not there, or not all."""
        return compute.control_missing(self._ready, self._files.bands)

    @property
    def others(self) -> tuple[Path, ...]:
        """Edge tables of other learned backbones' finished runs of the same panel; none of atlases:
        they keep the best alone, and what one lacks may be among its best 5 % all the same."""
        if not self.whole:
            return ()
        roots = self._settings.runs, self._settings.shipped_runs
        return across_backbones.others(roots, self._spec, self._ready.backbone.name)

    @property
    def provenance(self) -> dict:
        """What made these results, as plain JSON types; runs that `n_backbones` counts, too."""
        others = [path.parent.name for path in self.others]
        about = {k: v for k, v in self._files.about.items() if k not in ("format", "files")}
        return about | ({"n_backbones_runs": [self.folder.name, *others]} if others else {})

    @cached_property
    def known(self) -> Known:
        """Which pairs the references know that are not the data set's own."""
        return of_study(self._settings, self._ready.study, self._references)

    @cached_property
    def _judged(self) -> dict[str, dict]:
        """How the proposed signs fit the references that know signs."""
        if not self.known.signs:
            return {}
        there = set(pq.read_schema(self.edges_path).names)
        wanted = ("source", "target", "sign", "gdt_peak", "vvp_effect")
        columns = [name for name in wanted if name in there]
        # Of an atlas' million rows those of regulators that a reference knows.
        ends, sources = ["source", "target"], set(self.known.frame["source"])
        rows = pq.read_table(
            self.edges_path,
            columns=columns,
            read_dictionary=ends,
            filters=[("source", "in", sorted(sources))],
        ).to_pandas()
        return sign_scores(self.known, rows.astype(dict.fromkeys(ends, object)))

    @property
    def worth(self) -> dict:
        """What the numbers of the run are worth (see `worth.measured`), signs by the references,
        too, and whether they are shown (`measured.told`)."""
        told = self._files.about.get("worth") or {}
        return told | measured.told(self._judged | told.get("sign", {}), self._elsewhere)

    @cached_property
    def _elsewhere(self) -> dict[str, dict]:
        return measured.measured_elsewhere(
            self._settings, self._ready.backbone.name, self._ready.study.dataset.name
        )

    @property
    def signs_shown(self) -> bool:
        """Whether the column `sign` is filled: see `measured.told`."""
        return bool(self.worth[measured.SHOWN])

    @property
    def kept(self) -> int:
        """Rows of the edge table: all pairs, but of an atlas, which keeps the best."""
        about = self._files.about
        return int(about.get("n_kept", about["n_pairs"]))

    @property
    def whole(self) -> bool:
        """Whether the run is of one panel, all pairs kept: an atlas is not."""
        return self._spec.dataset != ALL_GENES

    @cached_property
    def genes(self) -> tuple[str, ...]:
        """Genes of the panel."""
        study = self._ready.study
        return tuple(study.labels.get(t, t) for t in study.panel.genes)

    @cached_property
    def regulators(self) -> tuple[str, ...]:
        """Probed regulators."""
        study = self._ready.study
        return tuple(study.labels.get(t, t) for t in study.regulators)

    @property
    def grid(self) -> tuple[float, ...]:
        """Values the source takes."""
        return self._ready.settings.grid

    @property
    def baseline(self) -> float:
        """v_b."""
        return self._ready.settings.baseline

    @property
    def readout(self) -> str:
        """How targets are read."""
        return self._ready.settings.readout

    @property
    def value_scale(self) -> str:
        """Unit of values and reconstructions."""
        return self._ready.backbone.defaults.value_phrase

    @property
    def coverage(self) -> tuple[tuple[str, str], ...]:
        """(gene, reason) of every gene of the data set that was left out."""
        return self._ready.study.left_out

    @property
    def counts(self) -> str:
        """What became of the entries of a pasted list, in words; empty for a data set."""
        return self._ready.study.counts

    @property
    def renamed(self) -> tuple[tuple[str, str, str], ...]:
        """(given, symbol used, why) of a pasted list's genes that came under another name."""
        return self._ready.study.renamed

    @cached_property
    def _position(self) -> dict[str, int]:
        return {g: k for k, g in enumerate(self.genes)}

    @cached_property
    def _store(self) -> ProbeStore:
        return ProbeStore(self._settings.probes, self._store_key)

    @cached_property
    def _store_key(self) -> StoreKey:
        ready = self._ready
        return probing.store_key(ready.backbone, ready.study.panel, ready.settings)

    def _asked_in_its_panel(self, source: str, target: str) -> tuple[np.ndarray, ...] | None:
        """Return (vvp, gdt) of a pair of an atlas, (T,) each, in the panel that the atlas asked it
        in; None where `source` is no regulator."""
        ready = self._ready
        i, j = (ready.study.panel.genes[self._at(gene)] for gene in (source, target))
        if i not in self._plan.sources:
            return None
        panel = self._plan.part_of(i, j).panel
        vvp, gdt = curves_at(ready.backbone, panel, i, (j,), ready.settings)
        return vvp[:, 0], None if gdt is None else gdt[:, 0]

    def _asked_both_ways(self, source: str, target: str) -> list[tuple[np.ndarray, ...] | None]:
        """Return what `_asked_in_its_panel` gives both ways, at the same time: two panels, and the
        products of each leave a processor to the other."""
        _ = self._plan
        with ThreadPoolExecutor(2) as both:
            return list(both.map(self._asked_in_its_panel, (source, target), (target, source)))

    @cached_property
    def _plan(self) -> PanelPlan:
        return plan_of(self._ready.backbone)

    def _at(self, gene: str) -> int:
        if gene not in self._position:
            raise UnknownGeneError([gene], "this panel")
        return self._position[gene]

    def curves(self, source: str, target: str) -> PairCurves:
        """Return the curves of a pair; raise UnknownGeneError or MissingDataError."""
        i, j = self._at(source), self._at(target)
        if self.whole:
            forward, reverse = self._store.curve(i, j), self._store.curve(j, i)
        else:
            forward, reverse = self._asked_both_ways(source, target)
        if forward is None and source in self.regulators:  # deleted or damaged since: once more
            ready = self._ready
            what = ready.backbone, ready.study.panel, (ready.study.panel.genes[i],), ready.settings
            try:
                probing.curve_tensors(probing.request(*what, self._settings.probes))
                forward = self._store.curve(i, j)
            except StorageError:  # a disk that cannot be written: for this once
                once = probing.request(*what).curves
                gdt = None if once.gdt is None else once.gdt[0, :, j]
                forward = once.vvp[0, :, j], gdt
        if forward is None:
            raise MissingDataError(
                f"{source} was not probed as a regulator in this run. Choose one of its regulators."
            )
        bands = self._files.bands
        null = {f"null_{end}": bands.get(end) for end in run_folder.BAND_ENDS}
        random = {f"random_{end}": bands.get(f"{RANDOM}{end}") for end in run_folder.BAND_ENDS}
        return PairCurves(
            np.array(self.grid),
            *forward,
            *(reverse or (None, None)),
            **null,
            **random,
            expected=self._expected.pair(i, j) if self._expected else None,
        )

    @cached_property
    def _expected(self) -> Expected | None:
        if not self.whole:
            return None
        return Expected.of(run_folder.read_arrays(self.folder, run_folder.EXPECTED))

    def attribution(self, source: str, target: str) -> Attribution | None:
        """Return what moved the translator; None without one, and of an atlas, which keeps no
        more of a pair than its score. Raises UnknownGeneError."""
        if self._ready.translator is None or not self.whole:
            return None
        pair = self._pair(source, target)
        names, added = self._ready.translator.attribution(self._tensors, pair)
        if names is None:
            curves = " and ".join(self._ready.translator.members)
            return Attribution((), np.empty(0), {curves: added})
        return Attribution(names, added, explain.by_value(self._tensors, added, pair))

    def profile_share(self, source: str, target: str) -> ProfileShare | None:
        """Return what each regulator adds to the score of a pair through response profiles; None
        for a translator that reads none or is not linear, and of an atlas. Raises UnknownGeneError,
        MissingDataError (the numbers of a pair are made from the weights)."""
        if self._ready.translator is None or not self.whole:
            return None
        pair = self._pair(source, target)
        told = self._ready.translator.profile_share(self._tensors, pair)
        return None if told is None else ProfileShare(self.regulators, *told)

    def _pair(self, source: str, target: str) -> np.ndarray:
        if source not in self.regulators:
            raise UnknownGeneError([source], "the probed regulators")
        return np.array([self.regulators.index(source), self._at(target)])

    @cached_property
    def _tensors(self) -> dict:
        return compute.tensors(self._settings, self._ready)

    def expression(self, source: str, target: str) -> tuple[np.ndarray, ...] | None:
        """Return (x, y, labels) over real cells, None where either gene was not measured."""
        cells = self._ready.study.dataset.expression
        if cells is None or source not in cells.genes or target not in cells.genes:
            return None
        x, y = (cells.values[cells.genes.index(g)] for g in (source, target))
        labels = cells.annotations.get("cell_type", np.full(len(cells.cells), "cell"))
        return x, y, labels


def unpack_curves(settings: Settings, ready: run_spec.Prepared, folder: Path) -> None:
    """Put the curves of a run that ships into the probe store, where they are not; raise
    StorageError. Of a run of one's own nothing is done."""
    if folder.parent != settings.shipped_runs:
        return
    store = ProbeStore(
        settings.probes,
        probing.store_key(ready.backbone, ready.study.panel, ready.settings),
    )
    positions = ready.study.panel.positions(ready.study.regulators).tolist()
    missing = set(positions) - set(store.done())
    arrays = run_folder.read_arrays(folder, run_folder.CURVES) if missing else {}
    if not arrays or arrays["vvp"].shape[0] != len(positions):
        return
    gdt = arrays.get("gdt")
    for row, at in enumerate(positions):
        if at in missing:
            store.write(at, arrays["vvp"][row], None if gdt is None else gdt[row])
    store.write_baseline(arrays["baseline_output"])


def curves_npz(settings: Settings, spec: run_spec.Spec) -> bytes:
    """Return an NPZ with the curves of every probed pair; the same run gives the same bytes.

    Arrays: genes (G,), sources (S,), both as the data set names them; grid (T,), baseline,
    vvp and, where the backbone has a derivative, gdt (S, T, G). It opens without pickles.
    """
    ready = run_spec.prepare(settings, spec)
    study, probe_settings = ready.study, ready.settings
    curves = probing.curve_tensors(
        probing.request(
            ready.backbone, study.panel, study.regulators, probe_settings, settings.probes
        )
    )
    named = [study.labels.get(token, token) for token in study.panel.genes]
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        genes=np.array(named),
        sources=np.array([study.labels.get(token, token) for token in study.regulators]),
        grid=np.array(probe_settings.grid),
        baseline=probe_settings.background.array(),
        **{name: tensor.values for name, tensor in curves.items()},
    )
    return buffer.getvalue()
