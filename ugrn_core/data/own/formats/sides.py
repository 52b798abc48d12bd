"""The two sides of a table: which holds genes, and what stands there that is no gene and no cell.

A column of counts per cell among the genes would change every sum, and a column of numbers of genes
among the cells would be one cell more: both are taken out, and said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp

from ugrn_core.data.gene_names import meanings
from ugrn_core.data.own.cell_columns import TIME_NAMES, TYPE_NAMES, plain_heading
from ugrn_core.data.own.naming import ANY_ENSEMBL, bare
from ugrn_core.data.tfs import tf_names
from ugrn_core.data.value_scales import WHOLE

SAMPLE = 4_000  # names looked up to tell genes from cells
ENOUGH_CELLS = 20  # along which numbers go up or down: numbers of the cells, no counts
MOSTLY = 0.5  # of the names of a side are genes: then the side is theirs
# What tools write between the names and the counts of genes.
NO_CELL = {
    *("chr", "chrom", "chromosome", "start", "end", "strand", "length", "width", "gene_length"),
    *("transcript_length", "exon_length", "gc", "gc_content", "entrez", "entrezid", "entrez_id"),
    *("entrez_gene", "entrez_gene_id", "entrezgene", "entrezgene_id", "geneid", "gene_id", "ncbi"),
    *("ncbi_gene", "ncbi_gene_id", "hgnc", "hgnc_id", "total", "totals", "sum", "sums", "row_sum"),
    *("row_sums", "mean", "average", "index", "level_0", "n_cells", "number"),
}
# What a test of each gene gives, one line a gene.
OF_TESTS = {
    *("pvalue", "p_value", "p_val", "pval", "padj", "p_adj", "p_val_adj", "adj_p_val", "fdr"),
    *("qvalue", "q_value", "basemean", "base_mean", "log2foldchange", "log2_fold_change", "logfc"),
    *("log2fc", "avg_logfc", "avg_log2fc", "lfcse", "lfc_se", "pct_1", "pct_2", "aveexpr"),
    *("ave_expr", "logcpm", "log_cpm", "foldchange", "fold_change", "adj_p", "adjusted_p_value"),
}
# What counting tools write below the genes.
NO_GENE = re.compile(
    r"_*(?:no_feature|ambiguous|too_low_a_?qual|not_aligned|alignment_not_unique)|"
    r"n_(?:unmapped|multimapping|no_feature|ambiguous)|unnamed:?_*\d*|"
    r"(?:grand_)?totals?|sums?|col_?sums?|index|level_0|row_?(?:number|name|id)s?",
    re.IGNORECASE,
)
OF_CELLS = re.compile(
    r"n_?(?:count|umi|gene|feature|read|molecule)s?(?:_\w+)?|"
    r"(?:total|pct|log1p|log10|log|sum)_(?:count|umi|gene|n_gene|feature|read|mito|mt|ribo)\w*|"
    r"(?:percent|pct|fraction|frac|perc)_\w+|(?:mito?|mt|ribo)_(?:frac|perc|pct|ratio)\w*|"
    r"(?:umap|t_?sne|phate)_?\d{1,2}|(?:pca?|dm|dc|x)_\d{1,2}|(?:s|g2_?m|doublet)_score\w*|"
    r"doublets?|cell_?(?:type|cycle|size)\w*|(?:cell|spot|object)_?(?:ids?|index|number|label)|"
    r"barcodes?|cells?|spots?|fov|(?:batch|sample|donor|patient)(?:_\w+)?|"
    r"replicate|plate|well|day|age|sex|gender|stage|time|condition|treatment|tissue|"
    r"(?:leiden|louvain|seurat_clusters|clusters?)(?:_\w+)?|\w*snn_res\w*|\w*pseudo_?time\w*|"
    r"size_?factors?",
    re.IGNORECASE,
)
_KNOWN_OF_CELLS = {*TYPE_NAMES, *TIME_NAMES}


def share_of_genes(names: Sequence[str]) -> float:
    """Return which share of some of the names are different names of genes, 0 to 2: transcription
    factors count double."""
    some = list(names)[:: max(1, len(names) // SAMPLE)][:SAMPLE]
    tfs = tf_names()
    different = {bare(str(n)) for n in some}
    known = sum(bool(meanings(n) or ANY_ENSEMBL.search(n)) + (n.upper() in tfs) for n in different)
    return known / max(1, len(some))


def results_of_tests(names: Sequence[str]) -> tuple[str, ...]:
    """Return which names of the cells' side are results of a test of each gene."""
    return tuple(n for n in names if plain_heading(n) in OF_TESTS)


def cells_among(names: Sequence[str]) -> np.ndarray:
    """Return which names of the cells' side are cells, (C,) bool: not lengths, ids or sums."""
    return np.array([plain_heading(n) not in NO_CELL for n in names], dtype=bool)


def genes_among(
    names: Sequence[str], x: sp.csr_matrix
) -> tuple[np.ndarray, dict[str, np.ndarray], tuple[str, ...]]:
    """Return which names of the genes' side are genes, (n,) bool, the columns that say something of
    the cells (C,) by name, and notes. x: (C, n).

    Of cells are columns named so, and under an unknown name fractions where genes are counts, a
    whole number that goes up from cell to cell, and the sum of all the others.
    """
    plain = [plain_heading(n) for n in names]
    spelled = [is_symbol(n) for n in names]
    none = np.array([bool(NO_GENE.fullmatch(p)) or p in NO_CELL for p in plain], dtype=bool)
    said = [bool(OF_CELLS.fullmatch(p)) or p in _KNOWN_OF_CELLS for p in plain]
    known = np.array([bool(meanings(bare(n))) for n in names], dtype=bool)
    said = np.array(said, dtype=bool)
    if known.mean() >= MOSTLY:
        odd = _odd(x)
        said |= _fractions(known, odd) | _numbering(~known & ~odd, x) | _sums(~known, x)
    none &= ~np.array(spelled, dtype=bool)
    said &= ~np.array(spelled, dtype=bool) & ~none
    turned = x[:, np.flatnonzero(said)].toarray().astype(np.float64)
    columns = {names[k]: turned[:, j] for j, k in enumerate(np.flatnonzero(said))}
    notes = []
    for what, mask in (("no genes, and left out", none), ("said of cells, no genes", said)):
        if mask.any():
            shown = ", ".join(str(names[k])[:30] for k in np.flatnonzero(mask)[:8])
            notes.append(f"{what}: {shown}{' ...' if mask.sum() > 8 else ''}")
    return ~(none | said), columns, tuple(notes)


def is_symbol(name: str) -> bool:
    """Whether a name is spelled as a symbol of human or mouse: DPT and Dpt, not dpt."""
    return any(name in (m.symbol, m.symbol.capitalize()) for m in meanings(name))


def _fractions(known: np.ndarray, odd: np.ndarray) -> np.ndarray:
    """Return which unknown names have odd values where known genes have counts."""
    return np.zeros_like(known) if (odd & known).any() else odd & ~known


def _odd(x: sp.csr_matrix) -> np.ndarray:
    """Return which columns hold fractions or values below 0."""
    odd = np.isfinite(x.data) & ((np.abs(x.data - np.round(x.data)) > WHOLE) | (x.data < 0))
    return np.bincount(x.indices[odd], minlength=x.shape[1]) > 0


def _numbering(unknown: np.ndarray, x: sp.csr_matrix) -> np.ndarray:
    """Return which of the `unknown` names go up, or down, from cell to cell: they number them."""
    out = np.zeros_like(unknown)
    if x.shape[0] < ENOUGH_CELLS:
        return out
    filled = np.bincount(x.indices[x.data != 0], minlength=x.shape[1])
    at = np.flatnonzero(unknown & (filled >= x.shape[0] - 1))
    for k, column in zip(at, x[:, at].toarray().T):
        steps = np.diff(column)
        out[k] = bool((steps > 0).all() or (steps < 0).all())
    return out


def _sums(unknown: np.ndarray, x: sp.csr_matrix) -> np.ndarray:
    """Return which of the `unknown` names have the sum of all the other columns."""
    out, total = np.zeros_like(unknown), np.asarray(x.sum(1), dtype=np.float64).ravel()
    half = np.abs(np.asarray(x.sum(0), dtype=np.float64).ravel() - total.sum() / 2)
    at = np.flatnonzero(unknown & (half <= 1e-3 * abs(total.sum())))
    for k, column in zip(at, x[:, at].toarray().T.astype(np.float64)):
        out[k] = np.allclose(2 * column, total, rtol=1e-4, atol=1e-6)
    return out
