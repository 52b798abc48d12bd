"""One table of everything `benchmark` can judge; command line, plan, report and pages read it.

A registered probe is in it by its own attributes, so that a new one is one file and one line in
`ugrn_core.probes`. Written down here are only what is made of probes, the controls, and how the
paper calls its probes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from ugrn_core.classical import METHODS as CLASSICAL_METHODS
from ugrn_core.probes import PROBES
from ugrn_core.probes.base import why_not as probe_why_not
from ugrn_core.registry import require, require_all
from ugrn_core.translators.stacked import STACKED

if TYPE_CHECKING:
    from ugrn_core.backbones.base import BackboneDefaults

# Kinds of methods.
PROBE, COMBINATION, ABLATION = "probe", "combination", "ablation"
CONTROL, CORPUS, CLASSICAL = "control", "corpus", "classical"
# What a method may need, beside a backbone and a panel.
CURVES = "curves"  # a sweep of the grid
PROFILE = "profile"  # real mean expression on the backbone's value scale
CELLS = "cells"  # real expression, cell by cell
CORPUS_FOLDER = "corpus folder"

RELAXED = "GDT relaxed, ours"  # begins the note of a row whose gradients are not the model's own

ENSEMBLE, PERT_BASELINE, PERT_VIRTUAL = "ensemble", "pert-baseline", "pert-virtual"
# STACKED, learned from the source's STRING whatever network is judged: by recipe `centred` the
# score that every page shows unasked, of which no network knows more than another.
ON_STRING = "stacked-string"
KNOCK_OUT = "pert"  # the probe that PERT_BASELINE and PERT_VIRTUAL read, each in its own cell
OF_CURVES = ("vvp", "gdt")  # the probes that one sweep gives, and the ensemble is made of
VALUES = (1, 2, 4)  # grid values left in an ablation; with all of them it is the probe itself
# Of the probes, those the paper judged, by the paper's name for them.
PAPER_NAMES = {
    "vvp": "VVP",
    "gdt": "GDT",
    "emb": "Emb",
    "pert": "Pert (origin)",
    "attn": "Attn (origin)",
}


@dataclass(frozen=True)
class Method:
    """One method of the benchmark.

    name: on the command line and in result tables. title: for people. needs: what must be there
    (CURVES, PROFILE, CELLS, CORPUS_FOLDER). trained: a translator turns its features into a score.
    published_as: the paper's name of it, empty where the paper has no figures.
    """

    name: str
    title: str
    kind: str
    needs: tuple[str, ...] = ()
    trained: bool = False
    published_as: str = ""

    @property
    def reads_backbone(self) -> bool:
        """Whether the scores are a backbone's: those of controls and yardsticks are not."""
        return self.kind in (PROBE, COMBINATION, ABLATION)

    @property
    def has_recipes(self) -> bool:
        """Whether the recipes train it differently: all that is made of curves."""
        return self.trained and CURVES in self.needs

    @property
    def row_kind(self) -> str:
        """The word in a results table's column `kind`."""
        if not self.reads_backbone:
            return "control"
        return "translator" if self.trained else "raw score"


def methods() -> dict[str, Method]:
    """Return every method by its name: trained probes, raw scores, controls, what stands beside."""
    return _table(tuple(PROBES), tuple(CLASSICAL_METHODS))


def method(name: str) -> Method:
    """Return the method `name`; raise UnknownNameError with near matches."""
    table = methods()
    return table[require(name, table, "probe")]


def title(name: str) -> str:
    """Return what people call the method `name`; the name itself where no such method is known,
    as in a table that an older version wrote."""
    known = methods().get(name)
    return known.title if known else name


def published(name: str) -> Method | None:
    """Return the method that the paper calls `name`."""
    return next((m for m in methods().values() if m.published_as == name), None)


@lru_cache(maxsize=4)
def _table(probes: tuple[str, ...], classical: tuple[str, ...]) -> dict[str, Method]:
    own = [_of_probe(name) for name in probes]
    trained = [m for m in own if m.trained]
    curves = [m for m in trained if CURVES in m.needs]
    every = [
        *curves,
        *_combinations(),
        *(m for m in trained if m not in curves),
        *(m for m in own if not m.trained),
        *_controls(),
        *_derived(curves),
        *_yardsticks(classical),
    ]
    return {m.name: m for m in every}


def _of_probe(name: str) -> Method:
    """A registered probe, by what its class says of itself."""
    probe = PROBES[name]
    # Attention can do without a profile; as a method it is judged on the real one, as scGPT's is.
    on_profile = probe.needs_profile or name == "attn"
    needs = (CURVES,) if name in OF_CURVES else (PROFILE,) if on_profile else ()
    paper = PAPER_NAMES.get(name, "")
    return Method(name, probe.title, PROBE, needs, trained=not probe.is_score, published_as=paper)


def _combinations() -> Iterator[Method]:
    yield Method(STACKED, "Stacked", COMBINATION, (CURVES,), trained=True)
    yield Method(ON_STRING, "Default score (from STRING)", COMBINATION, (CURVES,), trained=True)
    yield Method(
        ENSEMBLE, "VVP + GDT", COMBINATION, (CURVES,), trained=True, published_as="Ensemble"
    )


def _controls() -> Iterator[Method]:
    yield Method("popularity oracle", "Popularity oracle", CONTROL)
    yield Method("source degree", "Source degree", CONTROL)
    yield Method("target is TF", "Target is a TF", CONTROL)
    yield Method("Pearson", "Pearson", CONTROL, (CELLS,))
    yield Method("|Pearson|", "|Pearson|", CONTROL, (CELLS,))


def _derived(curves: list[Method]) -> Iterator[Method]:
    yield Method(
        PERT_BASELINE,
        "Perturbation, baseline",
        PROBE,
        (PROFILE,),
        trained=True,
        published_as="Pert (baseline)",
    )
    for of in curves:
        for n in VALUES:
            words = f"{of.title}, {n} value{'s' * (n > 1)}"
            yield Method(f"{of.name}-{n}", words, ABLATION, (CURVES,), trained=True)
    yield Method(PERT_VIRTUAL, "Perturbation, virtual cell", ABLATION)


def _yardsticks(classical: tuple[str, ...]) -> Iterator[Method]:
    for name in classical:
        yield Method(name, name[:1].upper() + name[1:], CLASSICAL, (CELLS,))
    yield Method("corpus co-expression", "Corpus co-expression", CORPUS, (CORPUS_FOLDER,))
    yield Method("corpus SVD", "Corpus SVD", CORPUS, (CORPUS_FOLDER,))


def groups() -> dict[str, tuple[str, ...]]:
    """Return the names that stand for several methods.

    `all` is what takes minutes and needs nothing but labels; the rest is asked for by name.
    """
    table = methods().values()
    light = [m for m in table if m.kind in (PROBE, COMBINATION) and PROFILE not in m.needs]
    return {
        "all": tuple(m.name for m in (*light, *(m for m in table if m.kind == CONTROL))),
        "expression": tuple(m.name for m in table if PROFILE in m.needs),
        "ablations": (*OF_CURVES, *(m.name for m in table if m.kind == ABLATION)),
        "classical": tuple(m.name for m in table if m.kind == CLASSICAL),
        "yardsticks": tuple(m.name for m in table if m.kind == CORPUS),
    }


def chosen_methods(text: str) -> tuple[str, ...]:
    """Return the methods named in comma-separated `text`, groups as their members, each once.

    Raises UnknownNameError with near matches, OptionError when nothing is named.
    """
    return require_all(text, methods(), "probe", groups())


def reads(name: str) -> tuple[str, ...]:
    """Return the registered probes that a method reads; none where it reads no backbone."""
    if name in (ENSEMBLE, STACKED, ON_STRING):
        return OF_CURVES
    if name in (PERT_BASELINE, PERT_VIRTUAL):
        return (KNOCK_OUT,)
    thinned = thinned_probe(name)
    return thinned[:1] if thinned else (name,) if name in PROBES else ()


def tensor_of(name: str) -> str:
    """Return the tensor whose features a method's translator reads, by its probe's name."""
    return STACKED if name == ON_STRING else name


def why_not(name: str, defaults: BackboneDefaults) -> str:
    """Return why a method cannot be asked of a backbone with `defaults`; empty where it can."""
    reasons = (probe_why_not(PROBES[probe], defaults) for probe in reads(name))
    return next(filter(None, reasons), "")


def thinned_probe(name: str) -> tuple[str, int] | None:
    """Return of which probe `name` is the ablation, and how many grid values it leaves; None for
    what is none, such as PERT_VIRTUAL."""
    probe, _, n = name.rpartition("-")
    known = probe in OF_CURVES and n.isdigit() and int(n) in VALUES
    return (probe, int(n)) if known else None


def kept_values(grid: tuple[float, ...], n: int) -> tuple[float, ...]:
    """Return `n` of the grid's values, spread evenly: the middles of n equal shares of it.

    1, 2 and 4 of 8 are positions 4; 2, 6; 1, 3, 5, 7. The paper does not say which it kept.
    """
    return tuple(grid[int((k + 0.5) * len(grid) / n)] for k in range(n))
