"""Tables of known edges as people have them: what is read, merged, and refused by its row."""

from __future__ import annotations

import bz2
import gzip
import io
import zipfile

import numpy as np
import openpyxl
import pytest

from ugrn_core.data.own.formats.given import of_bytes
from ugrn_core.data.references.edge_list import EdgeList, resolved
from ugrn_core.data.references.table import read_edges
from ugrn_core.errors import InputError, OptionError, TableError

SIGNED = {("GATA1", "KLF1"): 1, ("SPI1", "GATA1"): -1, ("GATA1", "TAL1"): 0}


def read(text: str | bytes, name: str = "edges.csv", species: str | None = None) -> EdgeList:
    content = text.encode() if isinstance(text, str) else text
    return resolved(read_edges(of_bytes(name, content)), species)


def signs(edges: EdgeList) -> dict[tuple[str, str], int]:
    return {(edges.genes[a], edges.genes[b]): int(s) for (a, b), s in zip(edges.edges, edges.signs)}


PLAIN = "source,target,sign\nGATA1,KLF1,+1\nSPI1,GATA1,-1\nGATA1,TAL1,0\n"
SHAPES = {
    "commas": PLAIN,
    "tabs": PLAIN.replace(",", "\t"),
    "semicolons": PLAIN.replace(",", ";"),
    "blanks": PLAIN.replace(",", "  "),
    "windows lines and a mark": "\ufeff" + PLAIN.replace("\n", "\r\n"),
    "quoted": PLAIN.replace("GATA1,KLF1", '"GATA1","KLF1"'),
    "comments, blank lines": "# from a paper\n\n" + PLAIN.replace("SPI1", "\nSPI1"),
    "words": PLAIN.replace("+1", "Activation")
    .replace("-1", "Repression")
    .replace(",0", ",Unknown"),
    "typographic minus": PLAIN.replace("-1", "\u22121"),
    "other headings": PLAIN.replace("source,target,sign", "TF,Target Gene,MOR"),
    "OmniPath": "source_genesymbol,target_genesymbol,is_stimulation,is_inhibition\n"
    "GATA1,KLF1,1,0\nSPI1,GATA1,0,1\nGATA1,TAL1,1,1\n",
    "decoupler": "source,target,weight\nGATA1,KLF1,1\nSPI1,GATA1,-1\nGATA1,TAL1,0\n",
    "CollecTRI": "source,target,weight,resources,references,sign_decision\n"
    "GATA1,KLF1,1.0,ExTRI,10022128,PMID\nSPI1,GATA1,-1.0,HTRI,1,regulon\n"
    "GATA1,TAL1,1.0,TRRUST,2,default activation\n",
    "TRRUST": "GATA1\tKLF1\tActivation\t1;2\nSPI1\tGATA1\tRepression\t3\nGATA1\tTAL1\tUnknown\t4\n",
    "columns in another order, more of them": "pmid,target,evidence,sign,tf\n"
    "1,KLF1,ChIP,1,GATA1\n2,GATA1,ChIP,-1,SPI1\n3,TAL1,ChIP,,GATA1\n",
    "row names of R": "source,target,sign\n1,GATA1,KLF1,1\n2,SPI1,GATA1,-1\n3,GATA1,TAL1,0\n",
    "sif": "GATA1\tactivates\tKLF1\nSPI1\trepresses\tGATA1\nGATA1\tregulates\tTAL1\n",
    "OmniPath with ids of proteins": "source\ttarget\tsource_genesymbol\ttarget_genesymbol\t"
    "is_stimulation\tis_inhibition\nP15976\tQ13351\tGATA1\tKLF1\t1\t0\n"
    "P17947\tP15976\tSPI1\tGATA1\t0\t1\nP15976\tP17542\tGATA1\tTAL1\t0\t0\n",
    "arrows": "GATA1 -> KLF1\nSPI1 -| GATA1\nGATA1 . TAL1\n",
    "names of columns after a #": "# of a paper\n#source\ttarget\tsign\nGATA1\tKLF1\t1\n"
    "SPI1\tGATA1\t-1\nGATA1\tTAL1\t0\n",
    "no headings": "GATA1,KLF1,1\nSPI1,GATA1,-1\nGATA1,TAL1,0\n",
    "other names of genes": "source,target,sign\ngata1,EKLF,1\nENSG00000066336.12,gata1,-1\n"
    "ENSG00000102145,ENSG00000162367,0\n",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_gives_the_same_edges(shape):
    assert signs(read(SHAPES[shape])) == SIGNED


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_packed_files_are_read(pack):
    assert signs(read(pack(PLAIN.encode()), "edges.csv.gz")) == SIGNED


def test_a_zip_holds_one_table():
    def zipped(*names: str) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name in (*names, "__MACOSX/._edges.csv"):
                archive.writestr(name, PLAIN)
        return buffer.getvalue()

    assert signs(read(zipped("edges.csv"), "edges.zip")) == SIGNED
    with pytest.raises(TableError, match="holds 2 files"):
        read(zipped("a.csv", "b.csv"), "edges.zip")


def test_a_workbook_is_read_with_its_first_filled_sheet():
    book = openpyxl.Workbook()
    sheet = book.create_sheet("edges")
    for row in (("TF", "target", "effect"), ("GATA1", "KLF1", 1), ("SPI1", "GATA1", -1)):
        sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    edges = read(buffer.getvalue(), "edges.xlsx")
    assert signs(edges) == {k: s for k, s in SIGNED.items() if s}
    assert edges.notes == ("The sheet 'edges' of 2 is read.",)


def test_what_is_merged_and_left_out_is_counted():
    edges = read(
        "tf,target,sign,weight\n"
        'GATA1,KLF1,1,"0,5"\n'  # a decimal comma
        "GATA1,EKLF,1,0.7\n"  # the same pair under another name: the larger weight
        "GATA1,TAL1,1,\nGATA1,TAL1,-1,\n"  # both signs
        "GATA1,GATA1,1,\nAP1,KLF1,1,\n"
    )
    assert signs(edges) == {("GATA1", "KLF1"): 1, ("GATA1", "TAL1"): 0}
    assert edges.weights[0] == np.float32(0.7)
    assert np.isnan(edges.weights[1])
    assert edges.notes == (
        "1 lines with a name that is no gene left out",
        "1 self-loops left out",
        "2 repeated pairs merged",
        "1 pairs that are told with both signs: of them none is kept",
    )
    assert set(edges.lost) == {"AP1"}
    assert edges.n_signed == 1


def test_the_species_is_told_by_the_genes_or_said():
    assert read("source,target\nGata1,Klf1\nSpi1,Gata1\n").species == "mouse"
    shouted = "source,target\nGATA1,KLF1\n"  # as BEELINE writes mouse genes
    assert read(shouted).species == "human"
    assert read(shouted, species="mouse").species == "mouse"
    with pytest.raises(OptionError, match="human, mouse"):
        read(shouted, species="zebrafish")


def test_mouse_genes_under_older_symbols_stay_as_they_are_spelled():
    table = "source,target\nGata1,Ptrf\nSfpi1,Gata1\nGata1,Klf1\nGata1,not a gene\n"
    edges = read(table, species="mouse")
    assert {(edges.genes[a], edges.genes[b]) for a, b in edges.edges} == {
        ("Gata1", "Ptrf"),
        ("Sfpi1", "Gata1"),
        ("Gata1", "Klf1"),
    }
    assert set(edges.lost) == {"not a gene"}
    assert "2 mouse genes without a known human ortholog taken as they are spelled" in edges.notes


def test_a_kind_of_edge_that_is_no_sign_is_no_column_of_signs():
    edges = read("source,target,type,weight\nGATA1,KLF1,ChIP,1\nSPI1,GATA1,motif,-1\n")
    assert signs(edges) == {("GATA1", "KLF1"): 1, ("SPI1", "GATA1"): -1}


REFUSED = {
    "row 3 of edges.csv has no target": "source,target\nGATA1,KLF1\nSPI1,\n",
    "row 4 of edges.csv has no source": "# a\nsource,target\nGATA1,KLF1\n,KLF1\n",
    "row 2 of edges.csv: the sign is 'maybe'": "source,target,sign\nGATA1,KLF1,maybe\n",
    "row 2 of edges.csv: the weight is 'high'": "source,target,weight\nGATA1,KLF1,high\n",
    "row 2 of edges.csv: the weight is 'inf'": "source,target,weight\nGATA1,KLF1,inf\n",
    "no column target": "source,gene name,sign\nGATA1,KLF1,1\n",
    "no column is named source": "a,b,c,d,e\n1,2,3,4,5\n",
    "is empty": "\n\n",
    "no line below its header": "source,target\n",
    "0 are known as human genes": "source,target\nfoo1,bar1\nbaz1,qux1\n",
    "names two different human genes": "source,target\nGATA1,GATA1\nKLF1,nothing\n",
    "not closed": 'source,target\n"GATA1,KLF1\nSPI1,GATA1\n',
    "other species": "source,target\n" + "ENSDARG00000012345,ENSDARG00000012346\n" * 3,
    "binary": "source,target\nGATA1,KLF1\x00\n",
}


@pytest.mark.parametrize("said", REFUSED)
def test_what_cannot_be_used_is_refused_in_words(said):
    with pytest.raises(InputError) as caught:
        read(REFUSED[said])
    told = str(caught.value).casefold()
    assert said.split(" are known")[0] in told or "another species" in told


@pytest.mark.parametrize(
    "start", [b"\x89HDF\r\n", b"PAR1", b"PK\x03\x04rubbish", b"\x1f\x8brubbish"]
)
def test_other_formats_and_damage_are_refused(start):
    with pytest.raises(TableError):
        read(start + b"source,target\n")


@pytest.mark.parametrize(
    "head",
    [
        "#node1\tnode2\tnode1_string_id\tcombined_score",
        "#BioGRID ID\tOfficial Symbol Interactor A\tOfficial Symbol Interactor B\tScore",
    ],
)
def test_edges_without_a_direction_are_taken_both_ways(head):
    line = "GATA1\tTAL1\t9606.ENSP1\t0.9" if "node1" in head else "7\tGATA1\tTAL1\t0.9"
    found = read(f"{head}\n{line}\n", "net.tsv")
    assert signs(found) == {("GATA1", "TAL1"): 0, ("TAL1", "GATA1"): 0}
    assert any("both ways" in note for note in found.notes)


def test_arrows_alone_are_no_signs():
    found = read("GATA1 -> TAL1\nSPI1 -> KLF1\n", "net.txt")
    assert set(signs(found).values()) == {0}
    assert any("no sign" in note for note in found.notes)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('[{"source": "GATA1", "target": "TAL1"}]', "It is JSON"),
        ("<graphml>\n<node id='GATA1'/>\n</graphml>\n", "It is XML"),
        ('digraph {\n"GATA1" -> "TAL1";\n}\n', "Graphviz"),
        (",TAL1,KLF1,MYC\nGATA1,1,0,0\nSPI1,0,0,1\n", "a matrix of regulators and targets"),
        ("GATA1_ChEA\t\tTAL1\tKLF1\tMYC\nSPI1_ChEA\t\tMYC\tTAL1\tKLF1\n", "several genes each"),
        (
            "protein1 protein2 combined_score\n9606.ENSP00000000233 9606.ENSP00000000412 9\n",
            "Ensembl ids of proteins",
        ),
    ],
)
def test_other_shapes_are_called_so_with_the_way_out(content, said):
    with pytest.raises(TableError, match=said):
        read(content, "net.txt")
