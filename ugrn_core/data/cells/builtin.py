"""Data that come with the scanpy package: nothing is downloaded, scanpy itself is not imported."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from ugrn_core.data.cells.matrices import h5ad_genes, read_h5ad
from ugrn_core.errors import MissingDataError, TableError
from ugrn_core.types import Expression, ReferenceNetwork, ValueScale

# Label in scanpy's file -> human symbol. Krumsiek et al. 2011 (PLoS ONE 6:e22649), Table 1.
# EgrNab stands for Egr-1, Egr-2 and their co-repressor Nab-2; EGR1 represents it here.
KRUMSIEK_SYMBOLS = {
    "Gata2": "GATA2",
    "Gata1": "GATA1",
    "Fog1": "ZFPM1",
    "EKLF": "KLF1",
    "Fli1": "FLI1",
    "SCL": "TAL1",
    "Cebpa": "CEBPA",
    "Pu.1": "SPI1",
    "cJun": "JUN",
    "EgrNab": "EGR1",
    "Gfi1": "GFI1",
}
KRUMSIEK_NETWORK = "Krumsiek 2011"
FATES = ("monocyte", "erythrocyte", "megakaryocyte", "neutrophil")  # of the four simulated courses
COURSE = 160  # time points of a course; the second half has reached its fate


PBMC68K_FILE = "datasets/10x_pbmc68k_reduced.h5ad"


def pbmc68k_genes() -> tuple[str, ...]:
    """Return the 765 symbols of `pbmc68k`, read without its cells."""
    return h5ad_genes(_in_scanpy(PBMC68K_FILE))


def pbmc68k() -> Expression:
    """Return 700 cells x 765 genes of PBMC 68k (Zheng et al. 2017), log1p, with cell types.

    `annotations`: `cell_type` (10x's bulk labels), `phase`, `louvain` and others, one per cell.
    """
    cells, genes, values, annotations = read_h5ad(_in_scanpy(PBMC68K_FILE), 10**8)
    cell_type = annotations.pop("bulk_labels")
    return Expression(
        name="PBMC 68k (reduced)",
        genes=tuple(genes),
        cells=tuple(cells),
        values=np.ascontiguousarray(values.T),
        scale=ValueScale.LOG1P_NORMALISED,
        annotations={
            k: v if v.dtype.kind in "iuf" else v.astype(str)
            for k, v in {"cell_type": cell_type, **annotations}.items()
        },
    )


def krumsiek_network() -> ReferenceNetwork:
    """Return the signed myeloid network of Krumsiek et al. 2011: 11 genes, 26 edges.

    From the couplings of scanpy's simulation model (target, regulator, strength); the four
    self-loops are dropped. Symbols are human (KRUMSIEK_SYMBOLS); `notes` keep the labels.
    """
    lines = _in_scanpy("sim_models/krumsiek11.txt").read_text(encoding="utf-8").splitlines()
    start = next((k for k, line in enumerate(lines) if line.startswith("# coupling list")), None)
    if start is None:
        raise TableError("scanpy's krumsiek11.txt has no coupling list; is scanpy 1.9-1.11 there?")
    couplings = [line.split() for line in lines[start + 1 :] if line.strip()]
    labels = list(KRUMSIEK_SYMBOLS)
    pairs = [(labels.index(r), labels.index(t), float(w)) for t, r, w in couplings if t != r]
    return ReferenceNetwork(
        name=KRUMSIEK_NETWORK,
        dataset="Krumsiek 2011",
        genes=tuple(KRUMSIEK_SYMBOLS.values()),
        regulators=np.arange(len(labels)),
        edges=np.array([p[:2] for p in pairs], dtype=np.int64),
        signs=np.array([1 if w > 0 else -1 for *_, w in pairs], dtype=np.int8),
        notes=tuple(f"{s} is '{label}' in the file" for label, s in KRUMSIEK_SYMBOLS.items()),
    )


def krumsiek_expression() -> Expression:
    """Return the 640 simulated cells that scanpy ships: four courses of 160 time points.

    `annotations`: `cell_type` (progenitor in the first half of a course, then its fate), `time`
    and `course`. Negative values are simulation noise around zero and are set to 0.
    """
    path = _in_scanpy("datasets/krumsiek11.txt")
    lines = path.read_text(encoding="utf-8").splitlines()
    header = next((line for line in reversed(lines) if line.startswith("# it ")), "")
    labels = header.split()[2:]
    if labels != list(KRUMSIEK_SYMBOLS):
        raise TableError(f"{path.name} lists other genes than the 11 expected: {labels}.")
    table = np.array([line.split() for line in lines if line and line[0] != "#"], dtype=np.float32)
    time, course = table[:, 0].astype(int), np.arange(len(table)) // COURSE
    fates = np.array(FATES)[course]
    return Expression(
        name="Krumsiek 2011 (simulated)",
        genes=tuple(KRUMSIEK_SYMBOLS.values()),
        cells=tuple(f"course{c + 1}_t{t}" for c, t in zip(course, time)),
        values=np.ascontiguousarray(np.maximum(table[:, 1:], 0).T),
        scale=ValueScale.ACTIVITY,
        annotations={
            "cell_type": np.where(time < COURSE // 2, "progenitor", fates),
            "time": time,
            "course": course + 1,
        },
        notes=("negative simulation noise set to 0",),
    )


def _in_scanpy(name: str) -> Path:
    spec = find_spec("scanpy")
    if spec is None or spec.origin is None:
        raise MissingDataError("This data set lies in the scanpy package: pip install scanpy.")
    path = Path(spec.origin).parent / name
    if not path.is_file():
        raise MissingDataError(f"The installed scanpy does not ship {name}; install scanpy 1.11.")
    return path
