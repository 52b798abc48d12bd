"""One small set of cells in every shape that people have files in."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
import scipy.io
import scipy.sparse as sp

GENES = ("GATA1", "SPI1", "KLF1", "TAL1", "CD3D", "MS4A1", "LYZ", "ACTB")
IDS = (
    *("ENSG00000102145", "ENSG00000066336", "ENSG00000105610", "ENSG00000162367"),
    *("ENSG00000167286", "ENSG00000156738", "ENSG00000090382", "ENSG00000075624"),
)
CELLS = tuple(f"AAAC{k:02d}-1" for k in range(6))
COUNTS = np.array(
    [
        [3, 0, 1, 0, 0, 0, 0, 9],
        [0, 5, 0, 0, 0, 2, 7, 4],
        [0, 0, 0, 2, 6, 0, 0, 8],
        [1, 1, 0, 0, 0, 0, 3, 5],
        [0, 4, 0, 1, 0, 0, 9, 6],
        [2, 0, 8, 0, 1, 0, 0, 7],
    ],
    dtype=np.float32,
)
TYPES = ("ery", "mono", "T", "mono", "mono", "ery")
FRAME = pd.DataFrame(COUNTS.T, index=GENES, columns=CELLS).astype(int)  # genes in rows


def annotated(x=COUNTS, genes=GENES, **parts) -> anndata.AnnData:
    """Return an AnnData of the cells with their types and pseudotime."""
    obs = pd.DataFrame(
        {"cell_type": pd.Categorical(TYPES), "dpt_pseudotime": np.linspace(0, 1, 6)}, index=CELLS
    )
    return anndata.AnnData(x, obs, pd.DataFrame(index=list(genes)), **parts)


def log_cp10k() -> np.ndarray:
    """Return the cells as ln(1 + counts per 10,000)."""
    return np.log1p(COUNTS / COUNTS.sum(1, keepdims=True) * 1e4)


def write_10x_folder(folder: Path, *, old: bool = False, prefix: str = "", zipped=True) -> Path:
    """Write the three files of Cell Ranger, 2 (old) or 3."""
    folder.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    scipy.io.mmwrite(buffer, sp.coo_matrix(COUNTS.T.astype(np.int64)), field="integer")
    kinds = "" if old else "\tGene Expression"
    features = "".join(f"{i}\t{g}{kinds}\n" for i, g in zip(IDS, GENES))
    barcodes = "".join(f"{c}\n" for c in CELLS)
    names = {
        "matrix.mtx": buffer.getvalue(),
        "barcodes.tsv": barcodes.encode(),
        ("genes.tsv" if old else "features.tsv"): features.encode(),
    }
    for name, content in names.items():
        packed = zipped and not old
        path = folder / f"{prefix}{name}{'.gz' if packed else ''}"
        path.write_bytes(gzip.compress(content) if packed else content)
    return folder


def write_10x_h5(path: Path, *, version: int = 3, genomes: tuple[str, ...] = ("GRCh38",)) -> Path:
    """Write Cell Ranger's HDF5. Of two genomes the second holds the same counts, once more."""
    stored = sp.csr_matrix(COUNTS.astype(np.int32))
    with h5py.File(path, "w") as file:
        if version == 2:
            for genome in genomes:
                group = file.create_group(genome)
                _fill(group, stored)
                group["genes"] = np.array(IDS, "S")
                group["gene_names"] = np.array(GENES, "S")
            return path
        group = file.create_group("matrix")
        _fill(group, sp.csr_matrix(sp.hstack([stored] * len(genomes))))
        features = group.create_group("features")
        several = len(genomes) > 1
        names = [f"{g}_{s}" if several else s for g in genomes for s in GENES]
        features["id"] = np.array([f"{g}_{i}" if several else i for g in genomes for i in IDS], "S")
        features["name"] = np.array(names, "S")
        kinds = ["Gene Expression"] * len(names)
        features["feature_type"] = np.array(kinds, "S")
        features["genome"] = np.array([g for g in genomes for _ in GENES], "S")
    return path


def _fill(group, cells: sp.csr_matrix) -> None:
    group["barcodes"] = np.array(CELLS, "S")
    for part in ("data", "indices", "indptr"):
        group[part] = getattr(cells, part)
    group["shape"] = np.array(cells.shape[::-1])


def write_loom(path: Path) -> Path:
    """Write a loom file with its layers."""
    with h5py.File(path, "w") as file:
        file["matrix"] = COUNTS.T
        file.create_group("layers")["spliced"] = COUNTS.T
        file.create_group("row_attrs")["Gene"] = np.array(GENES, "S")
        columns = file.create_group("col_attrs")
        columns["CellID"] = np.array(CELLS, "S")
        columns["cell_type"] = np.array(TYPES, "S")
    return path


def text_files(folder: Path) -> dict[str, Path]:
    """Write the cells as text in every habit; return name -> path."""
    table, turned = FRAME, FRAME.T
    commas = (FRAME + 0.5).to_csv(sep=";", decimal=",")
    r_style = table.to_csv(sep=" ", index_label=None).replace(' "AAAC', '"AAAC', 1).lstrip()
    contents: dict[str, bytes] = {
        "comma.csv": table.to_csv().encode(),
        "tab.tsv": table.to_csv(sep="\t").encode(),
        "semicolon.csv": table.to_csv(sep=";").encode(),
        "spaces.txt": r_style.encode(),
        "turned.csv": turned.assign(cell_type=TYPES).to_csv().encode(),
        "crlf.csv": table.to_csv(lineterminator="\r\n").encode(),
        "bom.csv": b"\xef\xbb\xbf" + table.to_csv().encode(),
        "utf16.csv": table.to_csv().encode("utf-16"),
        "latin1.csv": table.rename(columns={CELLS[0]: "Zelle_ä"}).to_csv().encode("latin-1"),
        "quoted.csv": table.to_csv(quoting=2).encode(),
        "half.csv": commas.encode(),
        "two-names.tsv": table.assign(gene_id=IDS)[["gene_id", *CELLS]].to_csv(sep="\t").encode(),
        "no-heading.csv": table.to_csv(header=False).encode(),
        "comment.csv": b"# made by hand\n" + table.to_csv().encode(),
        "missing.csv": turned.astype(object).replace({CELLS[0]: {}}).to_csv().encode(),
    }
    contents["packed.csv.gz"] = gzip.compress(contents["comma.csv"])
    contents["packed.csv.bz2"] = bz2.compress(contents["comma.csv"])
    contents["packed.csv.xz"] = lzma.compress(contents["comma.csv"])
    paths = {}
    for name, content in contents.items():
        paths[name] = folder / name
        paths[name].write_bytes(content)
    paths["junk.zip"] = zipped(
        folder / "junk.zip",
        {
            "cells/comma.csv": contents["comma.csv"],
            "__MACOSX/cells/._comma.csv": b"\0\5\x16\7",
            "cells/.DS_Store": b"\0",
            "README.txt": b"hello",
        },
    )
    table.rename_axis("gene").reset_index().to_parquet(folder / "t.parquet", index=False)
    table.to_excel(folder / "t.xlsx")
    return paths | {n: folder / n for n in ("t.parquet", "t.xlsx")}


def zipped(path: Path, contents: dict[str, bytes]) -> Path:
    """Write a zip of names and contents."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return path


def tarred(path: Path, folder: Path) -> Path:
    """Write a .tar.gz of a folder."""
    with tarfile.open(path, "w:gz") as archive:
        archive.add(folder, arcname=folder.name)
    return path


def realistic(cells: int = 300, genes: int = 1500, seed: int = 0) -> anndata.AnnData:
    """Return counts of three cell types over real human symbols, factors among them, sparse; of
    more genes than there are symbols the rest are called as nobody calls a gene."""
    from ugrn_core.data.csv import csv_columns
    from ugrn_core.data.gene_names import orthologs_path
    from ugrn_core.data.tfs import human_tfs

    rng = np.random.default_rng(seed)
    human = list(dict.fromkeys(csv_columns(orthologs_path(), ["human"])[0]))
    factors = sorted(human_tfs() & set(human))[: genes // 5]
    others = [g for g in human if g not in human_tfs()][: genes - len(factors)]
    rest = [f"NEWGENE{k}" for k in range(genes - len(factors) - len(others))]
    names = rng.permutation([*factors, *others, *rest])
    level = rng.gamma(0.3, 1.0, genes)
    types = rng.integers(0, 3, cells)
    fold = np.exp(rng.normal(0, 1, (3, genes)) * (rng.random(genes) < 0.2))
    depth = rng.lognormal(0, 0.4, (cells, 1))
    x = sp.csr_matrix(rng.poisson(depth * level * fold[types]).astype(np.float32))
    obs = pd.DataFrame({"cell_type": np.array(["B", "NK", "T"])[types]})
    obs.index = [f"CELL{k:05d}-1" for k in range(cells)]
    return anndata.AnnData(x, obs, pd.DataFrame(index=names))
