"""A kept gene list under damage: the very list, or none."""

from __future__ import annotations

from tests.hostile.damage import damage
from ugrn_core.errors import MissingDataError
from ugrn_core.experiment.catalog import gene_lists

GENES = ("SPI1", "GATA1", "KLF1", "C1orf112")


def test_the_very_list_or_none(tmp_path, rounds):
    for seed, rng in rounds:
        home = tmp_path / str(seed)
        mark = gene_lists.keep(home, GENES)
        how = damage(rng, home / "panels" / f"{mark}.json")
        try:
            assert gene_lists.kept(home, mark) == GENES, (seed, how)
        except MissingDataError:
            continue
