"""Where training starts: a network that already looks up co-expressed genes.

A randomly started transformer of this size spends hours finding out which genes vary together;
a truncated SVD of the corpus knows after seconds. So the gene table starts from it, and attention
starts as kernel regression over it: a masked gene averages what the genes like it carry. The first
128 dimensions hold the gene, the others the value; training may change all of it.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from ugrn_core.pretraining.corpus.data_sets import Corpus
from ugrn_core.pretraining.model import MaskedValueModel
from ugrn_core.pretraining.start import gene_moments

GENE_DIMS = 128
GENE_NORM = 8.0
MASK_FLAG, VALUE, MEAN, SPREAD = -1, -2, -3, -4  # single dimensions with a meaning at the start
SHARPNESS = (3.0, 4.0, 6.0, 8.0)  # of heads: logit of a gene with its twin
MASKED_LOGIT = 3.0  # how much less a masked gene is attended to than a shown one
VALUE_GAIN = 0.5  # of one unit of log1p CP10k
NOISE = 0.02


def start_weights(
    model: MaskedValueModel, vectors: np.ndarray, moments: tuple[np.ndarray, np.ndarray], seed: int
) -> None:
    """Write the starting weights into `model`; the same arguments give the same weights.

    vectors: (genes, at most GENE_DIMS) of `profiles.gene_vectors`. moments: of `corpus_moments`.
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        _start_genes(model, torch.from_numpy(vectors), moments)
        _start_values(model, generator)
        for layer in model.encoder.layers:
            _start_attention(layer.self_attn, generator)
            layer.linear2.weight.mul_(0.1)


def corpus_moments(corpus: Corpus) -> tuple[np.ndarray, np.ndarray]:
    """Return the (genes,) mean and spread of each gene, averaged over the sets that measure it."""
    totals, sets = np.zeros((2, len(corpus.genes))), np.zeros(len(corpus.genes))
    for part in corpus.sets:
        totals[:, part.ids] += gene_moments(part.values)
        sets[part.ids] += 1
    mean, spread = totals / np.maximum(sets, 1)
    return mean, spread


def _start_genes(
    model: MaskedValueModel, vectors: Tensor, moments: tuple[np.ndarray, np.ndarray]
) -> None:
    table = model.embedding.weight
    n, dims = vectors.shape
    table.normal_(0, NOISE)
    table[:n, :dims] += GENE_NORM * torch.nn.functional.normalize(vectors, dim=1)
    table[:n, MEAN] = VALUE_GAIN * torch.from_numpy(moments[0]).float()
    table[:n, SPREAD] = torch.from_numpy(moments[1]).float()


def _start_values(model: MaskedValueModel, generator: torch.Generator) -> None:
    """Kinks across the range of values; the value itself and a flag for masked in plain view."""
    first, second = model.value_encoder[0], model.value_encoder[2]
    width = len(first.bias)
    first.weight.uniform_(-1, 1, generator=generator)
    kinks = torch.empty(width).uniform_(-1, 6, generator=generator)
    first.bias.copy_(-first.weight[:, 0] * kinks)
    second.weight[:GENE_DIMS] = 0
    second.bias.zero_()
    first.weight[:2, 0] = torch.tensor([1.0, -1.0])
    first.bias[:2] = torch.tensor([0.0, -0.5])  # relu(v) and relu(-v - 0.5): 0.5 where masked
    second.weight[SPREAD:] = 0
    second.weight[VALUE, 0], second.weight[MASK_FLAG, 1] = VALUE_GAIN, 2.0


def _start_attention(attention, generator: torch.Generator) -> None:
    """Each head: logit = sharpness x cosine of the gene vectors, less where the key is masked."""
    width = attention.out_proj.weight.shape[0]
    size = width // attention.heads
    q, k, v = attention.in_proj_weight.view(3, attention.heads, size, width)
    bias = attention.in_proj_bias.view(3, attention.heads, size)
    attention.in_proj_bias.zero_()
    root = math.sqrt(size)
    for head in range(attention.heads):
        basis = torch.linalg.qr(torch.randn(GENE_DIMS, GENE_DIMS, generator=generator))[0]
        sharp = SHARPNESS[head % len(SHARPNESS)]
        # A projection on size - 1 of 128 directions keeps (size - 1) / 128 of a cosine.
        gain = math.sqrt(sharp * root / GENE_NORM**2 * GENE_DIMS / (size - 1))
        for block in (q, k):
            block[head].normal_(0, NOISE, generator=generator)
            block[head, : size - 1, :GENE_DIMS] += gain * basis[: size - 1]
        q[head, -1] = 0
        k[head, -1] = 0
        bias[0, head, -1] = root
        k[head, -1, MASK_FLAG] = -MASKED_LOGIT
        v[head].normal_(0, 1 / math.sqrt(width), generator=generator)
        v[head, 0] = 0
        v[head, 0, VALUE], v[head, 0, MEAN] = 1.0, -1.0
    attention.out_proj.weight.normal_(0, 0.3 / math.sqrt(width), generator=generator)
    attention.out_proj.weight[:GENE_DIMS] = 0
    attention.out_proj.weight[VALUE] = 0
    attention.out_proj.weight[VALUE, ::size] = 1.0 / attention.heads
    attention.out_proj.bias.zero_()
