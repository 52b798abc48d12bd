"""References on this machine: what ships, BEELINE's whole networks, CollecTRI, users' own."""

from __future__ import annotations

import errno
import gzip
import hashlib
import threading
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.data.references.test_tables import PLAIN, signs
from tests.data.serving import Server
from ugrn_core.data import download as downloading
from ugrn_core.data.own.formats.given import of_bytes
from ugrn_core.data.references import store as reference_store
from ugrn_core.errors import MissingDataError, OptionError, StorageError, UnknownNameError
from ugrn_core.experiment.references import adding, cards, collectri
from ugrn_core.files import disk_errors
from ugrn_core.settings import Settings

TABLE = (
    b"source,target,weight,resources,references,sign_decision\n"
    b"MYC,TERT,1,ExTRI,1;2,PMID\n"
    b"SPI1,GATA1,-1,SIGNOR,3,PMID\n"
    b"GATA1,KLF1,1,ExTRI,4,default activation\n"
    b"AP1,JUN,1,ExTRI,5,regulon\n"
)


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(home=tmp_path / "home", assets=tmp_path)


@pytest.fixture
def server():
    running = Server()
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield running
    running.shutdown()
    running.server_close()


@pytest.fixture
def pinned(monkeypatch):
    """The record holds the small table above."""
    file = replace(collectri.FILE, size=len(TABLE), digest=hashlib.sha256(TABLE).hexdigest())
    monkeypatch.setattr(collectri, "FILE", file)
    return file


def test_what_ships_is_signed_and_human(settings):
    (card,) = cards.cards(settings)
    assert (card.name, card.edges, card.signed) == ("Krumsiek 2011", 26, 26)
    edges = cards.edges_of(settings, card)
    assert signs(edges)["SPI1", "GATA1"] == -1
    assert cards.cards(settings, "mouse") == ()


def test_a_users_own_comes_first_and_may_not_be_called_as_another(settings):
    given = adding.read(of_bytes("edges.csv", PLAIN.encode()))
    one = adding.add(settings, given.suggested, given)
    assert one.name == "edges"
    first, _ = cards.cards(settings)
    assert (first.id, first.name, first.signed, first.owner) == (one.id, "edges", 2, "")
    assert len(cards.edges_of(settings, first).edges) == 3
    assert cards.named("EDGES", settings) == cards.named(one.id, settings) == first
    for name in ("String", "collectri", "None", "Krumsiek 2011"):
        with pytest.raises(OptionError, match="name of another reference"):
            adding.add(settings, name, given)
    with pytest.raises(UnknownNameError, match="Did you mean edges"):
        cards.named("edgs", settings)
    assert "2 edges have a sign" not in adding.sentences(one.about)[0]
    assert "2 edges have a sign" in adding.sentences(one.about)[1]


def whole(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())


def test_beelines_whole_networks_are_of_their_species(settings, tmp_path):
    folder = tmp_path / "beeline"
    lines = "Gene1,Gene2\nGATA1,KLF1\nGATA1,KLF1\nSPI1,GATA1\n"
    whole(folder, "Networks/human/STRING-network.csv", lines)
    whole(folder, "Networks/human/HepG2-ChIP-seq-network.csv", lines)
    whole(folder, "Networks/mouse/Non-Specific-ChIP-seq-network.csv", lines)
    for name in ("inputs/scRNA-Seq/hESC/ExpressionData.csv", "human-tfs.csv"):
        whole(folder, name, "TF\nGATA1\n")
    settings = replace(settings, beeline=folder)
    named = {(c.species, c.name): c.eager for c in cards.cards(settings) if c.path}
    assert named == {
        ("human", "STRING"): True,
        ("human", "HepG2 ChIP-seq"): False,  # of one cell line: where it is chosen
        ("mouse", "Non-Specific ChIP-seq"): True,
    }
    given = adding.read(of_bytes("edges.csv", PLAIN.encode()))
    one = adding.add(settings, "hepg2 chip-seq", given)  # two of a name: each has its own column
    assert cards.cards(settings, "human")[0].name == f"hepg2 chip-seq {one.mark[:4]}"
    card = cards.named("string", settings, "human")
    edges = cards.edges_of(settings, card)
    assert signs(edges) == {("GATA1", "KLF1"): 0, ("SPI1", "GATA1"): 0}
    (prepared,) = (settings.home / "references" / "beeline").iterdir()
    cards._edges.cache_clear()
    card.path.unlink()  # what was made of it is read from now on
    assert signs(cards.edges_of(settings, card)) == signs(edges)
    assert prepared.name == f"{card.digest}.parquet"


def test_collectri_is_fetched_checked_and_kept_by_symbol(settings, server, pinned):
    server.files["/8192729/files/CollecTRI_regulons.csv/content"] = TABLE
    place = collectri.fetch(settings, server.url)
    assert collectri.fetch(settings, "http://127.0.0.1:9") == place  # fetched already
    card = cards.named("collectri", settings, "human")
    assert (card.edges, card.signed) == (3, 2)
    known = signs(cards.edges_of(settings, card))
    # "default activation": nobody has seen it activate
    assert known == {("MYC", "TERT"): 1, ("SPI1", "GATA1"): -1, ("GATA1", "KLF1"): 0}
    assert list((settings.home / "downloads").iterdir()) == []


def test_another_file_than_pinned_is_not_taken(settings, server, pinned, tmp_path):
    other = TABLE.replace(b"MYC", b"MYB")
    server.files["/8192729/files/CollecTRI_regulons.csv/content"] = other
    with pytest.raises(MissingDataError, match="another checksum"):
        collectri.fetch(settings, server.url)
    by_hand = tmp_path / "CollecTRI_regulons.csv"
    by_hand.write_bytes(TABLE[:-1])
    with pytest.raises(MissingDataError, match="not the file that was expected"):
        collectri.fetch(settings, given=by_hand)
    assert not (settings.home / cards.COLLECTRI_FILE).exists()
    by_hand.write_bytes(TABLE)
    assert collectri.fetch(settings, given=by_hand).is_file()


@pytest.fixture
def at_once(monkeypatch):
    """No download waits before it asks again."""
    clock = SimpleNamespace(sleep=lambda seconds: None, monotonic=time.monotonic)
    monkeypatch.setattr(downloading, "time", clock)


@pytest.mark.usefixtures("pinned", "at_once")
def test_cut_off_and_asked_for_again_it_goes_on(settings, server):
    server.files["/8192729/files/CollecTRI_regulons.csv/content"] = TABLE
    server.stop_after = 10
    with pytest.raises(MissingDataError, match=r"what has arrived is kept.*collectri --from FILE"):
        collectri.fetch(settings, server.url)
    (part,) = (settings.home / "downloads").iterdir()
    have = part.stat().st_size
    assert 0 < have < len(TABLE)
    assert not (settings.home / cards.COLLECTRI_FILE).exists()
    server.stop_after = None
    server.asked.clear()
    assert collectri.fetch(settings, server.url).is_file()
    assert [wanted for _, wanted in server.asked] == [f"bytes={have}-"]


@pytest.mark.usefixtures("pinned", "at_once")
def test_a_disk_that_fills_up_leaves_nothing_that_counts(settings, server, monkeypatch):
    server.files["/8192729/files/CollecTRI_regulons.csv/content"] = TABLE

    def full(attempts, answer, out, have):
        out.write(answer.raw.read(20))
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(downloading._Attempts, "_copy", full)
        with pytest.raises(StorageError, match="the disk is full"):
            collectri.fetch(settings, server.url)
    with monkeypatch.context() as patch:  # it fills up as the edges are kept
        patch.setattr(reference_store, "write_own", lambda path, content: full_at(path))
        with pytest.raises(StorageError, match="the disk is full"):
            collectri.fetch(settings, server.url)
    assert not (settings.home / cards.COLLECTRI_FILE).exists()
    server.asked.clear()
    assert collectri.fetch(settings, server.url).is_file()
    assert server.asked == []  # what had arrived was whole


def full_at(path) -> None:
    with disk_errors(path, "write"):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_without_a_connection_the_way_by_hand_is_said(settings, at_once):
    with pytest.raises(MissingDataError, match=r"zenodo.org/records/8192729 elsewhere") as told:
        collectri.fetch(settings, "http://127.0.0.1:9")
    assert "\n" not in str(told.value)


def test_the_pin_is_the_record_that_others_have_seen():
    assert collectri.FILE.url == (
        "https://zenodo.org/api/records/8192729/files/CollecTRI_regulons.csv/content"
    )
    assert (collectri.FILE.size, collectri.FILE.digest[:8]) == (4_345_649, "4473c918")
