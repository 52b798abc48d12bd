"""Human transcription factors, shipped with UGRN."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

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
