"""Probes: what a frozen backbone says about every (source, target) pair of a panel.

A new probe is one module with a frozen dataclass keeping the contract of `base.Probe`, and one
line here.
"""

from __future__ import annotations

from ugrn_core.registry import Registry

PROBES: Registry = Registry(
    "probe",
    {
        "vvp": "ugrn_core.probes.vvp:VVP",
        "gdt": "ugrn_core.probes.gdt:GDT",
        "emb": "ugrn_core.probes.embedding:Embedding",
        "emb-cosine": "ugrn_core.probes.embedding:EmbeddingCosine",
        "emb-centred": "ugrn_core.probes.embedding:CentredCosine",
        "emb-csls": "ugrn_core.probes.neighbourhood:LessCrowding",
        "emb-shared": "ugrn_core.probes.neighbourhood:SharedNeighbours",
        "pert": "ugrn_core.probes.perturbation:Perturbation",
        "pert-abs": "ugrn_core.probes.perturbation:AbsolutePerturbation",
        "attn": "ugrn_core.probes.attention:Attention",
    },
)
