"""Human transcription factors, shipped with UGRN."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from ugrn_core.data.gene_names import meanings

CITATION = (
    "Lambert et al. 2018, The Human Transcription Factors, Cell 172:650-665, "
    "doi:10.1016/j.cell.2018.01.029 (1,639 factors, names v1.01)"
)


@lru_cache(maxsize=1)
def human_tfs() -> frozenset[str]:
    """Return the 1,639 human TF symbols of Lambert et al. 2018, spelled as in 2018."""
    text = (files("ugrn_core.data") / "tables" / "human_tfs.csv").read_text(encoding="utf-8")
    lines = [line.strip() for line in text.splitlines() if line and not line.startswith("#")]
    return frozenset(lines[1:])  # the first line is the column's name


@lru_cache(maxsize=1)
def tf_names() -> frozenset[str]:
    """Return the symbols of `human_tfs`, and those of renamed factors today (T is TBXT), all in
    upper case. A symbol that may mean several genes stands for itself alone."""
    named = {tf: {m.symbol for m in meanings(tf)} for tf in human_tfs()}
    current = (symbols.pop() for symbols in named.values() if len(symbols) == 1)
    return frozenset(name.upper() for name in (*named, *current))
