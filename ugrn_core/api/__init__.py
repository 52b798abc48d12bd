"""UGRN from Python: `import ugrn_core as ugrn`. What the command line and the pages do, as tables.

    import ugrn_core as ugrn

    net = ugrn.network(["GATA1", "TAL1", "KLF1", "SPI1", "CEBPA", "GFI1B", "ZFPM1", "FLI1"])
    ugrn.regulators("KLF1", net)

Tables are pandas DataFrames; what made them is in `.attrs`, as plain JSON types. With
`form="anndata"` an AnnData comes instead, with the same as JSON in `.uns["ugrn"]`. Curves are kept
under UGRN_HOME: asked again, they are read. Errors are those of `ugrn_core.errors`, each a sentence
that says what was expected, what came and what to do.

**genes**, wherever they are asked for, are one of: the name of a data set on this machine
("pbmc68k"; `python -m ugrn_core data` brings others; "all-genes", the atlas, for `network`,
`regulators` and `targets` alone); the path of a file that lists genes;
pasted text; a sequence of names (list, pandas Index, numpy array); or an AnnData, whose
`.var_names` count. Previous symbols, aliases and Ensembl ids become approved symbols; entries that
cannot be used are left out, told of on stderr and in `.attrs["left_out"]`.
"""

from importlib import import_module

# function: the file of this folder that holds it
DOORS = {
    "network": "networks",
    "probe": "networks",
    "regulators": "networks",
    "targets": "networks",
    "compare": "networks",
    "evaluate": "networks",
    "add_cells": "networks",
    "open_backbone": "networks",
    "open_dataset": "networks",
    "add_reference": "references",
    "references": "references",
    "own_cells": "kept",
    "results": "kept",
    "remove": "kept",
    "restore": "kept",
    "contexts": "contexts",
    "drives": "biology",
    "enrich": "biology",
    "explain": "biology",
    "knock_out": "biology",
    "signs": "biology",
}


def function(name: str) -> object:
    """Return the function `name` of DOORS; its file is imported when it is first asked for."""
    return getattr(import_module(f"{__name__}.{DOORS[name]}"), name)
