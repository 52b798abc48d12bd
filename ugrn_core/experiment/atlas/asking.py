"""The atlas as scripts and commands ask it: rows by filter, whose they are, nothing probed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

import pandas as pd
import pyarrow.parquet as pq

from ugrn_core.errors import InputError, MissingDataError, OptionError, PanelError
from ugrn_core.experiment.atlas.answering import answering
from ugrn_core.experiment.atlas.scoring import BEST_REGULATORS, BEST_TARGETS
from ugrn_core.experiment.catalog.datasets import ALL_GENES
from ugrn_core.experiment.catalog.gene_lists import gene_among
from ugrn_core.experiment.curves import panels
from ugrn_core.experiment.curves.panels import AskedPanel, NamedList
from ugrn_core.experiment.references import cards, measured
from ugrn_core.experiment.references.known import with_known
from ugrn_core.experiment.runs import run_folder
from ugrn_core.experiment.runs.results import Results
from ugrn_core.experiment.runs.spec import Spec, folder, prepare
from ugrn_core.settings import Settings

ENDS = ("source", "target")
COMPLETE = (
    f"complete are each gene's best {BEST_REGULATORS} regulators and each regulator's best "
    f"{BEST_TARGETS} targets"
)


@dataclass(frozen=True, eq=False)
class AtlasRequest:
    """An atlas that is asked. chosen: the backbone that was asked for; of: the one whose atlas
    answers; references: names of those whose edges the table marks."""

    settings: Settings
    chosen: str
    of: str
    references: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be told of the answer: whose it is, and how far it is complete."""
        about = self._results.provenance
        said = f"From the atlas of {self.of}, {about['n_pairs']:,} pairs ranked: {COMPLETE}."
        if self.of == self.chosen:
            return (said,)
        return (
            f"These numbers are from {self.of}: {self.chosen}, which was asked, has no atlas. Its "
            f"own: python -m ugrn_core atlas --backbone {self.chosen}",
            said,
        )

    @property
    def about(self) -> dict:
        """Provenance of the run, as plain JSON types, with the backbone that was asked."""
        told = self._results.provenance | {"worth": self._results.worth}
        return told | {"asked_backbone": self.chosen, "atlas_of": self.of, "notes": self.notes}

    @property
    def rows(self) -> int:
        """How many pairs are kept."""
        return self._results.kept

    def gene(self, typed: str, end: str | None = None) -> str:
        """Return the gene that a name means: any of the atlas, or as `end` "source" one of its
        regulators; raise UnknownGeneError with near matches."""
        if end == "source":
            return gene_among(typed, self._results.regulators, "this atlas as a regulator")
        return gene_among(typed, self._results.genes, "this atlas")

    def regulators(
        self, given: NamedList, *, strict: bool = False
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the symbols of a list's genes that the atlas has as regulators, and a sentence on
        each of the others. Raises PanelError where there is none, or with `strict` for unknown
        ones."""
        ready = prepare(self.settings, Spec(self.of, ALL_GENES))
        whole = AskedPanel("All genes", ready.study)
        driven = panels.driven(given, "regulators", whole, ready.backbone, strict=strict)
        shown = tuple(ready.study.labels.get(t, t) for t in driven.tokens)
        there = set(self._results.regulators)
        symbols = tuple(name for name in shown if name in there)
        if not symbols:
            raise PanelError(
                f"None of the {len(shown)} genes in '{given.name}' is a regulator of the atlas, "
                f"which asks {len(there):,} human transcription factors. Name one of those."
            )
        others = (f"{name} is no regulator of the atlas" for name in shown if name not in there)
        return symbols, (*driven.notes, *others)

    def edges(
        self,
        *,
        source: Sequence[str] | None = None,
        target: Sequence[str] | None = None,
        either: str | None = None,
        top: int | None = None,
    ) -> pd.DataFrame:
        """Return rows of the atlas, the best first, with the columns of `scoring.edge_table` and
        in_<reference>. source, target: only those of these genes; either: those of one gene as
        either end; top: so many at most. `sign` is empty where signs are not shown."""
        wanted = zip(ENDS, (source, target))
        both = [(end, "in", list(names)) for end, names in wanted if names is not None]
        rows = [[(end, "==", either)] for end in ENDS] if either else [both] if both else None
        path, ends = self._results.edges_path, list(ENDS)
        frame = pq.read_table(path, read_dictionary=ends, filters=rows).to_pandas()
        frame = frame.sort_values("rank", kind="stable", ignore_index=True)
        frame = (frame if top is None else frame.head(top)).astype(dict.fromkeys(ends, object))
        if not self._results.signs_shown:
            frame = measured.without_signs(frame)
        return with_known(frame, self._results.known)

    @cached_property
    def _results(self) -> Results:
        named = tuple(cards.named(name, self.settings, "human") for name in self.references)
        return Results(self.settings, Spec(self.of, ALL_GENES), named)


def is_all_genes(name: object) -> bool:
    """Return whether what was given for genes is the name of all genes, `all-genes`."""
    return isinstance(name, str) and name.strip().casefold() == ALL_GENES


def asked_atlas(
    settings: Settings,
    backbone: str,
    *,
    references: Sequence[str] = (),
    translator: str | None = None,
    screen: float | None = None,
) -> AtlasRequest:
    """Return the atlas that answers where `backbone` (a name, or the folder of a checkpoint) is
    chosen: its own, else that of another backbone here.

    translator, screen: as somebody asked for them; an atlas is scored already. Raises
    MissingDataError where there is no atlas, OptionError, UnknownNameError.
    """
    of = backbone if _has_own(settings, backbone) else answering(settings, backbone)
    if of is None:
        raise MissingDataError(
            f"No atlas answers for {backbone}: neither it nor another backbone here that may "
            f"answer for it has one. Make it: `python -m ugrn_core atlas --backbone {backbone}` "
            "(hours; --estimate tells how many), or give a list of genes."
        )
    request = AtlasRequest(settings, backbone, of, tuple(references))
    scored_by = request.about["translator"]
    if translator is not None and translator != scored_by:
        raise OptionError(
            f"The atlas of {of} is scored by {scored_by or 'no translator'} already; "
            f"'{translator[:40]}' came. Leave the translator out, or give a list of genes."
        )
    if screen is not None:
        raise OptionError("All genes are probed already: leave the screen out.")
    return request


def _has_own(settings: Settings, backbone: str) -> bool:
    """Whether there is an atlas of this very backbone: of one in a folder, too."""
    with suppress(InputError):
        return (folder(settings, Spec(backbone, ALL_GENES)) / run_folder.ABOUT).is_file()
    return False
