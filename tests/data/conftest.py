"""A tiny BEELINE in both layouts."""

from __future__ import annotations

import pytest

GENES = ["TF1", "TF2", "SEPT1", "NA", "C1orf112", "G5"]


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def genelink(tmp_path):
    folder = tmp_path / "genelink" / "STRING Dataset" / "hESC" / "TFs+500"
    numbered = "".join(f"{k},{g},{k}\n" for k, g in enumerate(GENES))
    write(folder / "Target.csv", ",Gene,index\n" + numbered)
    write(folder / "TF.csv", ",TF,index\n0,TF2,1\n1,TF1,0\n")
    write(folder / "BL--network.csv", "Gene1,Gene2\nTF1,NA\nTF2,TF1\nTF1,NA\nTF2,TF2\n")
    write(folder / "Label.csv", ",TF,Target\n0,0,3\n1,1,0\n")
    return tmp_path


@pytest.fixture
def official(tmp_path):
    """Eight measured genes; TF3 and G7 vary too little; G6 varies but is not measured."""
    folder = tmp_path / "BEELINE-data" / "inputs" / "scRNA-Seq" / "mESC"
    genes = ["Tf1", "Tf2", "Tf3", "Sept1", "Marc2", "G5", "G7", "G8"]
    cells = "".join(f"{g},{k},{k + 1}.5\n" for k, g in enumerate(genes))
    write(folder / "ExpressionData.csv", ",c1,c2\n" + cells)
    write(folder / "PseudoTime.csv", ",PseudoTime1,PseudoTime2\nc2,0.5,NA\nc1,0.25,0.1\n")
    ordering = {
        "Tf1": (1e-9, 1),
        "Tf2": (1e-8, 2),
        "Tf3": (0.5, 9),
        "Sept1": (1e-7, 3),
        "Marc2": (1e-6, 8),
        "G5": (1e-4, 5),
        "G6": (1e-20, 99),
        "G7": (0.002, 90),
        "G8": (0, 0.1),
    }
    lines = "".join(f"{g},{p},{v}\n" for g, (p, v) in ordering.items())
    write(folder / "GeneOrdering.csv", ",VGAMpValue,Variance\n" + lines)
    networks = tmp_path / "BEELINE-Networks"
    write(networks / "mouse-tfs.csv", "TF\nTf1\nTf3\nTf2\nTf9\n")
    write(
        networks / "Networks" / "mouse" / "STRING-network.csv",
        "Gene1,Gene2\nTf1,Tf2\nTf1,Tf2\nTf2,1-Sep\nTf1,2-Mar\nTf3,G5\nTf1,G7\nG5,G5\n",
    )
    write(
        networks / "Networks" / "mouse" / "mESC-lofgof-network.csv",
        "Gene1,Gene2,Score\nG5,Tf1,9\nTf1,G8,1\n",
    )
    return tmp_path
