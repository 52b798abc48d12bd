"""Which pair the Gene pair page opens on where nobody chose one: the best of the gene in hand.

The gene in hand is the one chosen on Regulators; without one it is the run's best pair. One gene of
a pair that was chosen here is shown with the best other one.
"""

from __future__ import annotations

from ugrn_core.dashboard.queries import edges
from ugrn_core.dashboard.shell import address
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.widgets import probe_now
from ugrn_core.experiment.runs import jobs as run_jobs
from ugrn_core.experiment.runs.results import Results

_SIDES = ("target", "source")  # a gene in hand is regulated, unless its targets were shown


def wanted(box: str) -> bool:
    """Return whether the gene box called `box` opens on a gene that nobody chose."""
    text = address.chosen(box)
    return text is None or (text != "" and not text.strip())


def regulator(view: View, results: Results) -> str:
    """Return the regulator to open on where none was chosen."""
    return (_best(results, address.chosen("target"), _SIDES[:1]) or _in_hand(view, results))[0]


def driven(view: View, otherwise: str) -> str:
    """Return the gene to drive where none was chosen: the regulator of the best pair where the
    panel has been probed, else `otherwise`."""
    if run_jobs.state(view.settings, view.spec).status != "done":
        return otherwise
    results = probe_now.results_or_offer(view)
    return regulator(view, results) if results else otherwise


def target(view: View, results: Results, source: str | None) -> str | None:
    """Return the target to open on beside `source` where none was chosen; None without one."""
    pair = _in_hand(view, results)
    if source != pair[0]:
        pair = _best(results, source, _SIDES[1:]) or (source, None)
    return pair[1]


def _in_hand(view: View, results: Results) -> tuple[str, str]:
    """Return the best pair of the gene that was chosen on Regulators, else of the run."""
    sides = _SIDES[::-1] if address.chosen("side") == "targets" else _SIDES
    best = _best(results, address.chosen("gene"), sides)
    return best or edges.summary(view.run_id, results)["top"]


def _best(results: Results, gene: str | None, sides: tuple[str, ...]) -> tuple[str, str] | None:
    """Return the best pair in which `gene` is the first of `sides` that it is in any; else None."""
    for side in sides if gene else ():
        rows = edges.ranked(results, gene, side)
        if not rows.empty:
            return str(rows["source"].iloc[0]), str(rows["target"].iloc[0])
    return None
