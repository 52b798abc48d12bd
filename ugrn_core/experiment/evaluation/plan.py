"""What a benchmark run was asked for, and what that means on the data at hand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from ugrn_core.benchmark.sampling import SAMPLINGS
from ugrn_core.data.beeline.layouts import DATASETS, NETWORKS
from ugrn_core.data.beeline.networks import beeline_cells
from ugrn_core.data.gene_names import orthologs_path
from ugrn_core.data.orthologs import read_orthologs
from ugrn_core.errors import MissingDataError, OptionError
from ugrn_core.experiment.evaluation import methods
from ugrn_core.registry import require_all
from ugrn_core.settings import Settings
from ugrn_core.translators.stacked import STACKED

RECALL_POINTS = 50


@dataclass(frozen=True)
class Recipe:
    """How translators are trained. features: variant of VVP and GDT; stacked: of the stacked
    numbers. negatives: their sampling."""

    name: str
    features: str
    stacked: str
    negatives: str

    def variant(self, probe: str) -> str:
        """Return the feature variant that translators of `probe` read."""
        if probe == STACKED:
            return self.stacked
        return self.features if methods.method(probe).has_recipes else "plain"


# `paper` is the paper's. `centred` was chosen on hESC's held-out pairs and on mHSC-L alone: both
# directions, less what regulator and target share with all their pairs, against matched negatives.
RECIPES = {
    "paper": Recipe("paper", "plain", "all-and-neighbours", "paper"),
    "centred": Recipe("centred", "centred-paired", "pair-and-neighbours", "matched"),
}


@dataclass(frozen=True)
class Plan:
    """What `benchmark` was asked for; `networks`, `targets`, `probes`: comma-separated, or all.

    source: data sets the translators are trained on, together; with `matrix` each by itself.
    corpus: folder that the corpus yardsticks read, less the sets of `exclude`. pr_curves: keep the
    precision at RECALL_POINTS recalls in every row.
    """

    data: Path
    backbone: str
    source: str
    networks: str
    targets: str
    samplings: tuple[str, ...]
    probes: str
    gene_set: str
    seeds: int
    orthologs: Path | None
    command: str
    recipes: tuple[str, ...] = ("all",)
    matrix: bool = False
    corpus: Path | None = None
    exclude: tuple[str, ...] = ()
    pr_curves: bool = False

    @property
    def sources(self) -> tuple[str, ...]:
        """The data sets of `source`, once spelled."""
        return tuple(self.source.split(","))

    def runs(self) -> tuple[Plan, ...]:
        """Return one plan for each set of translators: one, or one a source with `matrix`."""
        if not self.matrix:
            return (self,)
        return tuple(replace(self, source=s, matrix=False) for s in self.sources)


def chosen(text: str, known: tuple[str, ...], kind: str) -> tuple[str, ...]:
    """Return the names in comma-separated `text`, each once; `all` stands for all of `known`.

    Raises UnknownNameError with near matches, OptionError when nothing is named.
    """
    return require_all(text, known, kind, {"all": known})


def find_orthologs(data: Path) -> Path | None:
    """Return a table of orthologs lying in the data folder or beside it, if there is one."""
    for folder in (data, data.resolve().parent):
        tables = sorted(folder.glob("*ortholog*.csv"))
        if tables:
            return tables[0]
    return None


@dataclass(frozen=True)
class Selection:
    """A plan's words resolved: what exists, what was chosen."""

    networks: tuple[str, ...]
    targets: tuple[str, ...]
    probes: tuple[str, ...]
    exist: frozenset[tuple[str, str]]
    orthologs: Path | None


def select(plan: Plan, settings: Settings) -> Selection:
    """Return what `plan` names; raise InputError before anything is computed."""
    selection = Selection(
        networks=chosen(plan.networks, tuple(NETWORKS), "network"),
        targets=chosen(plan.targets, tuple(DATASETS), "data set"),
        probes=methods.chosen_methods(plan.probes),
        exist=frozenset((c.dataset, c.network) for c in beeline_cells(plan.data, plan.gene_set)),
        orthologs=plan.orthologs
        or settings.orthologs
        or find_orthologs(plan.data)
        or orthologs_path(),
    )
    if not selection.exist & {(t, n) for t in selection.targets for n in selection.networks}:
        raise MissingDataError(
            f"'{plan.data}' holds none of the chosen cells ({', '.join(selection.targets)} x "
            f"{', '.join(selection.networks)}, {plan.gene_set}). Choose among: "
            f"{', '.join(sorted(f'{d} x {n}' for d, n in selection.exist)) or 'none'}."
        )
    present = {dataset for dataset, _ in selection.exist}
    for source in plan.sources:
        if source not in present:
            raise MissingDataError(
                f"'{plan.data}' does not hold the source data set {source} ({plan.gene_set}). "
                f"Choose --source among: {', '.join(sorted(present))}."
            )
        for network in selection.networks:
            training_network([n for d, n in selection.exist if d == source], source, network)
    _check_corpus(plan, selection)
    return selection


def training_network(known: Collection[str], source: str, network: str) -> str:
    """Return which of a source's networks `known` the translators of `network` learn from.

    The one of the same kind; LOF/GOF was measured for mESC only, so STRING then. Raises
    MissingDataError where there is neither.
    """
    if network in known or "STRING" in known:
        return network if network in known else "STRING"
    raise MissingDataError(
        f"{source} has neither the network {network} nor STRING to train on: "
        f"{', '.join(sorted(known))}. Name the networks it has with --networks."
    )


def _check_corpus(plan: Plan, selection: Selection) -> None:
    """Raise InputError for a corpus that is missing, no corpus, or without a set to exclude."""
    if plan.corpus is None:
        readers = [p for p in selection.probes if methods.CORPUS_FOLDER in methods.method(p).needs]
        if readers:
            raise OptionError(
                f"{' and '.join(readers)} read a corpus of data sets: give its folder with "
                "--corpus."
            )
        if plan.exclude:
            raise OptionError("--exclude names data sets of a corpus: give it with --corpus.")
        return
    from ugrn_core.pretraining.corpus.index import read_index, require_sets

    require_sets(plan.exclude, read_index(plan.corpus))
    read_orthologs(selection.orthologs)


def spelled(plan: Plan) -> Plan:
    """Return `plan` with its sources and samplings as they are spelled; raise InputError."""
    source = chosen(plan.source, tuple(DATASETS), "data set")
    samplings = chosen(",".join(plan.samplings), SAMPLINGS, "sampling")
    recipes = chosen(",".join(plan.recipes), tuple(RECIPES), "recipe")
    return replace(plan, source=",".join(source), samplings=samplings, recipes=recipes)
