"""Networks in shapes that are no table of edges: what each is, and how it becomes one."""

from __future__ import annotations

from collections.abc import Sequence

from ugrn_core.data.gene_names import meanings

_ONE_A_LINE = "Give one edge a line, with the columns source and target"
_BEGINS = (  # how the text begins, what that is, how it becomes a table
    (("{", "["), "JSON", "in Python: pandas.read_json(file).to_csv('edges.csv')"),
    (
        ("<",),
        "XML (GraphML, GEXF, SBML)",
        "in Cytoscape: Export, Table to File, edges",
    ),
    (("digraph", "graph", "strict"), "Graphviz's language", "one line 'A,B' for each A -> B"),
)


def told(rows: Sequence[Sequence[str]]) -> str:
    """Return what a table that has no column of sources is, and the way out; empty where nothing
    tells. rows: its first lines, cells as text."""
    begins = next((cell for cell in rows[0] if cell), "").casefold()
    for marks, what, way in _BEGINS:
        if begins.startswith(marks) and not meanings(begins):
            return f"It is {what}. {_ONE_A_LINE}: {way}."
    if _is_matrix(rows):
        return (
            "It is a matrix of regulators and targets. "
            f"{_ONE_A_LINE}: in Python table.stack(), in R reshape2::melt(table)."
        )
    if sum(sum(map(_is_gene, row)) > 2 for row in rows) > 0.5 * len(rows):
        return f"Its lines hold several genes each, as sets of genes (GMT) do. {_ONE_A_LINE}."
    return ""


def _is_matrix(rows: Sequence[Sequence[str]]) -> bool:
    """Whether genes stand above and beside numbers."""
    head, body = [cell for cell in rows[0] if cell], rows[1:]
    if len(head) < 2 or not body or any(len(row) < len(head) for row in body):
        return False
    beside = [row[0] for row in body]
    numbers = [cell for row in body for cell in row[1:]]
    return all(
        sum(map(fits, cells)) > 0.5 * len(cells)
        for cells, fits in ((head, _is_gene), (beside, _is_gene), (numbers, _is_number))
    )


def _is_gene(cell: str) -> bool:
    return bool(meanings(cell))


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return cell in ("", "NA", "TRUE", "FALSE")
    return True
