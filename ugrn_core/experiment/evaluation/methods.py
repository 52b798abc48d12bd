"""Names of everything `benchmark --probes` can judge, and the groups they come in."""

from __future__ import annotations

from ugrn_core.classical import METHODS
from ugrn_core.errors import OptionError, UnknownNameError
from ugrn_core.registry import near_matches
from ugrn_core.translators.stacked import STACKED

TRAINED = ("vvp", "gdt", "ensemble", STACKED, "emb")
RAW = ("emb-cosine", "emb-centred")
CONTROLS = ("popularity oracle", "source degree", "target is TF", "Pearson", "|Pearson|")
PROFILE = ("pert", "pert-abs", "attn")  # raw scores read on the real mean profile
PERT_BASELINE = "pert-baseline"  # the paper's: a translator on the Pert feature
PERT_VIRTUAL = "pert-virtual"
VALUES = (1, 2, 4)  # grid values kept in an ablation; with all of them it is the probe itself
CURVE_ABLATIONS = tuple(f"{probe}-{n}" for probe in ("vvp", "gdt") for n in VALUES)
YARDSTICKS = ("corpus co-expression", "corpus SVD")

# `all` is what takes minutes and needs nothing but labels; the rest is asked for by name.
GROUPS = {
    "all": (*TRAINED, *RAW, *CONTROLS),
    "expression": (*PROFILE, PERT_BASELINE),
    "ablations": ("vvp", "gdt", *CURVE_ABLATIONS, PERT_VIRTUAL),
    "classical": tuple(METHODS),
    "yardsticks": YARDSTICKS,
}
KNOWN = tuple(dict.fromkeys(name for names in GROUPS.values() for name in names))


def chosen_probes(text: str) -> tuple[str, ...]:
    """Return the probes named in comma-separated `text`, groups as their members, each once.

    Raises UnknownNameError with near matches, OptionError when nothing is named.
    """
    by_fold = {k.casefold(): (k,) for k in KNOWN} | GROUPS
    names = [n.strip() for n in text.split(",") if n.strip()]
    if not names:
        raise OptionError(f"Name a probe, or a group of them: {', '.join((*GROUPS, *KNOWN))}.")
    for name in names:
        if name.casefold() not in by_fold:
            near = near_matches(name, [*GROUPS, *KNOWN])
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            raise UnknownNameError(
                f"There is no probe named '{name[:60]}'.{hint} Known: {', '.join(KNOWN)}; "
                f"groups: {', '.join(GROUPS)}."
            )
    return tuple(dict.fromkeys(k for n in names for k in by_fold[n.casefold()]))


def is_trained(probe: str) -> bool:
    """Return whether `probe` needs a translator."""
    return probe in TRAINED or probe in CURVE_ABLATIONS or probe == PERT_BASELINE


def is_backbone_free(probe: str) -> bool:
    """Return whether `probe` is a control, a classical method or a yardstick."""
    return probe in CONTROLS or probe in YARDSTICKS or probe in METHODS


def has_recipes(probe: str) -> bool:
    """Return whether the recipes train `probe` differently: all that is made of curves."""
    return is_trained(probe) and probe not in ("emb", PERT_BASELINE)


def kept_values(grid: tuple[float, ...], n: int) -> tuple[float, ...]:
    """Return `n` of the grid's values, spread evenly: the middles of n equal shares of it.

    1, 2 and 4 of 8 are positions 4; 2, 6; 1, 3, 5, 7. The paper does not say which it kept.
    """
    return tuple(grid[int((k + 0.5) * len(grid) / n)] for k in range(n))
