"""Edge tables in the formats other tools read: one writer a file, one line here.

from ugrn_core.export import FORMATS
data = FORMATS["graphml"].write(frame, provenance)  # bytes
"""

from __future__ import annotations

from ugrn_core.export.base import ExportFormat
from ugrn_core.registry import Registry

FORMATS: Registry[ExportFormat] = Registry(
    "export format",
    {
        "tsv": "ugrn_core.export.tsv:TSV",
        "csv": "ugrn_core.export.csv:CSV",
        "parquet": "ugrn_core.export.parquet:PARQUET",
        "xlsx": "ugrn_core.export.xlsx:XLSX",
        "graphml": "ugrn_core.export.graphml:GRAPHML",
        "gexf": "ugrn_core.export.gexf:GEXF",
        "cx2": "ugrn_core.export.cx2:CX2",
        "cyjs": "ugrn_core.export.cytoscape:CYTOSCAPE",
        "sif": "ugrn_core.export.sif:SIF",
        "gmt": "ugrn_core.export.gmt:GMT",
        "beeline": "ugrn_core.export.ranked:BEELINE",
        "pyscenic": "ugrn_core.export.ranked:PYSCENIC",
        "decoupler": "ugrn_core.export.ranked:DECOUPLER",
        "h5ad": "ugrn_core.export.h5ad:VARP",
        "h5ad-prediction": "ugrn_core.export.h5ad:PREDICTION",
    },
)
