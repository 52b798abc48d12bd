"""Known co-regulated modules as a sanity check: does driving one member raise the others?"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ugrn_core.probes.settings import default_settings
from ugrn_core.types import Panel

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone
    from ugrn_core.pretraining.corpus.data_sets import Corpus

# Cell cycle: Tirosh et al. 2016 (S and G2/M programmes). Interferon: from MSigDB's
# HALLMARK_INTERFERON_ALPHA_RESPONSE. Ribosomal: proteins of the cytosolic ribosome.
MODULES = {
    "ribosomal": """RPL3 RPL4 RPL5 RPL6 RPL7 RPL7A RPL8 RPL10A RPL11 RPL12 RPL13 RPL14 RPL15 RPL18
        RPL19 RPL22 RPL23 RPL24 RPL27 RPL29 RPL30 RPL32 RPL35 RPL37 RPL38 RPLP0 RPLP1 RPLP2 RPS2
        RPS3 RPS5 RPS6 RPS8 RPS9 RPS11 RPS13 RPS14 RPS15 RPS16 RPS18 RPS19 RPS20 RPS23
        RPS25 RPSA""",
    "S phase": """MCM5 PCNA TYMS FEN1 MCM2 MCM4 RRM1 UNG GINS2 MCM6 CDCA7 DTL PRIM1 UHRF1 HELLS RFC2
        RPA2 NASP RAD51AP1 GMNN WDR76 SLBP CCNE2 UBR7 POLD3 MSH2 ATAD2 RAD51 RRM2 CDC45 CDC6 EXO1
        TIPIN DSCC1 BLM CASP8AP2 USP1 CLSPN POLA1 CHAF1B BRIP1 E2F8""",
    "G2/M": """HMGB2 CDK1 NUSAP1 UBE2C BIRC5 TPX2 TOP2A NDC80 CKS2 NUF2 CKS1B MKI67 TMPO CENPF TACC3
        SMC4 CCNB2 CKAP2L CKAP2 AURKB BUB1 KIF11 ANP32E TUBB4B GTSE1 KIF20B HJURP CDCA3 CDC20 TTK
        CDC25C KIF2C RANGAP1 NCAPD2 DLGAP5 CDCA2 CDCA8 ECT2 KIF23 HMMR AURKA PSRC1 ANLN LBR CKAP5
        CENPE CTCF NEK2 G2E3 GAS2L3 CBX5 CENPA""",
    "interferon": """IFIT2 IFIT3 ISG15 ISG20 MX1 OAS1 OASL IFI27 IFI35 IFI44 IFI44L IFIH1 IRF7 IRF9
        STAT2 HERC6 RSAD2 USP18 CMPK2 EIF2AK2 PARP9 PARP12 PARP14 TRIM21 TRIM25 TRIM26 SAMD9 SAMD9L
        BST2 LY6E IFITM1 IFITM2 IFITM3 SP110 EPSTI1 DDX60 TXNIP UBE2L6 TAP1 PSMB8 PSMB9 ADAR CD47
        NMI""",
}
BACKGROUND = "background"


def module_panel(backbone: Backbone, corpus: Corpus) -> dict[str, str]:
    """Return gene -> module: the modules' genes that the corpus and the backbone have, and for each
    of them the gene outside all modules of the nearest mean expression."""
    known = {g for g in corpus.genes if g in backbone.vocabulary}
    members = {g: m for m, text in MODULES.items() for g in text.split() if g in known}
    level = _mean_expression(corpus)
    free = [g for g in corpus.genes if g in known and g not in members]
    at = {g: k for k, g in enumerate(corpus.genes)}
    levels = np.array([level[at[g]] for g in free])
    background = {}
    for gene in members:
        nearest = int(np.argmin(np.abs(levels - level[at[gene]])))
        background[free[nearest]] = BACKGROUND
        levels[nearest] = np.inf
    return members | background


def _mean_expression(corpus: Corpus) -> np.ndarray:
    """Return the mean over data sets of each gene's mean, (genes,)."""
    total, sets = np.zeros(len(corpus.genes)), np.zeros(len(corpus.genes))
    for part in corpus.sets:
        total[part.ids] += np.asarray(part.values.mean(axis=0)).ravel()
        sets[part.ids] += 1
    return total / np.maximum(sets, 1)


def responses(
    backbone: Backbone, panel: Panel, on_progress: Callable[[int, int], None] | None = None
) -> np.ndarray:
    """Return the (source, target) mean response over the backbone's grid, each target in units of
    its spread over sources; the diagonal is NaN."""
    sweep = backbone.sweep(panel, default_settings(backbone))
    mean = np.empty((len(panel), len(panel)))
    for source in range(len(panel)):
        mean[source] = sweep(source)[0].mean(axis=0)
        if on_progress is not None:
            on_progress(source + 1, len(panel))
    np.fill_diagonal(mean, np.nan)
    spread = np.nanstd(mean, axis=0)
    return (mean - np.nanmean(mean, axis=0)) / np.where(spread > 0, spread, 1)


def separation(response: np.ndarray, modules: np.ndarray) -> pd.DataFrame:
    """Return rows module, genes, auroc: how surely a pair inside the module answers more than a
    pair of a member and a background gene, in either direction; 0.5 is chance."""
    from sklearn.metrics import roc_auc_score

    rows, outside = [], modules == BACKGROUND
    for name in dict.fromkeys(modules[~outside]):
        inside = modules == name
        within = response[np.ix_(inside, inside)]
        across = (response[np.ix_(inside, outside)], response[np.ix_(outside, inside)])
        within = within[~np.isnan(within)]
        across = np.concatenate([a.ravel() for a in across])
        truth = np.r_[np.ones(len(within)), np.zeros(len(across))]
        auroc = roc_auc_score(truth, np.r_[within, across])
        rows.append({"module": name, "genes": int(inside.sum()), "auroc": auroc})
    return pd.DataFrame(rows)
