"""Gene sets (GSEA's GMT): one line a regulator, its targets strongest first."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ugrn_core.export.base import ExportFormat, arranged, sidecar_json
from ugrn_core.export.delimited import cells


def write(frame: pd.DataFrame, provenance: Mapping) -> bytes:
    """Return regulator, description, targets..., separated by tabs; regulators by symbol."""
    table = arranged(frame)
    if "probability" in table.columns:
        table = table.sort_values("probability", ascending=False, kind="stable")
    origin = " ".join(
        str(provenance[k]) for k in ("dataset", "backbone", "probe") if k in provenance
    )
    described = cells(pd.Series([" ".join(f"targets {origin}".split())], dtype=object), "\t")[0]
    sets: dict[str, list[str]] = {}
    for source, target in zip(cells(table["source"], "\t"), cells(table["target"], "\t")):
        sets.setdefault(source, []).append(target)
    lines = ["\t".join([name, described, *dict.fromkeys(sets[name])]) for name in sorted(sets)]
    return "".join(f"{line}\n" for line in lines).encode()


GMT = ExportFormat(
    label="Gene sets, GMT",
    suffix=".gmt",
    mime="text/plain",
    write=write,
    sidecar=sidecar_json,
    scoreless=True,
)
