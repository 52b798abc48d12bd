"""Translators of a backbone: found by name, refused for other weights."""

from __future__ import annotations

import os
from types import SimpleNamespace

import numpy as np
import pytest

from tests.experiment.translators import save_pair
from ugrn_core.errors import CheckpointError, UnknownNameError
from ugrn_core.experiment.catalog import translators


def test_a_backbone_without_translators_has_none(settings, backbone):
    assert translators.translators(settings, "tiny") == ()
    assert translators.load(settings, "tiny", backbone.checksum) is None
    with pytest.raises(UnknownNameError, match="train one with the benchmark"):
        translators.load(settings, "tiny", backbone.checksum, "any")


def test_translators_are_found_at_home_and_among_the_assets(settings, backbone):
    save_pair(settings.home / "translators" / "tiny" / "mine", backbone)
    save_pair(settings.assets / "translators" / "tiny" / "shipped", backbone)
    assert translators.translators(settings, "tiny") == ("mine", "shipped")
    (settings.assets / "translators" / "tiny" / "default").write_text("shipped\n")
    assert translators.translators(settings, "tiny") == ("shipped", "mine")
    loaded = translators.load(settings, "tiny", backbone.checksum)
    assert loaded.name == "shipped"
    assert loaded.training_genes == {"GATA1", "SPI1"}
    assert loaded.settings.readout == backbone.defaults.readouts[0]
    with pytest.raises(UnknownNameError, match="Did you mean shipped"):
        translators.load(settings, "tiny", backbone.checksum, "shiped")


def test_without_a_default_the_stacked_translator_of_string_comes_first(settings, backbone):
    home = settings.home / "translators" / "tiny"
    known = ("hESC-Cell-type-specific-ChIP-seq-stacked", "hESC-Non-Specific-ChIP-seq-paper")
    for n, name in enumerate((*known, "hESC-STRING-paper", "hESC-STRING-stacked")):
        save_pair(home / name, backbone)
        first = translators.translators(settings, "tiny")[0]
        assert first == (known[0] if n < 2 else name)
    (home / "default").write_text("gone")
    assert translators.translators(settings, "tiny")[0] == "hESC-STRING-stacked"
    (home / "default").write_text(known[1])
    assert translators.translators(settings, "tiny") == (
        *(known[1], known[0]),
        *("hESC-STRING-paper", "hESC-STRING-stacked"),
    )


def test_a_translator_of_other_weights_is_refused(settings, backbone):
    save_pair(settings.home / "translators" / "tiny" / "mine", backbone)
    with pytest.raises(CheckpointError, match="trained on other weights of tiny"):
        translators.load(settings, "tiny", "0" * 64, "mine")


def test_a_translator_trained_again_is_read_again(settings, backbone, monkeypatch):
    monkeypatch.setattr(translators, "STAMP_SECONDS", 1e-6)
    folder = settings.home / "translators" / "tiny" / "mine"
    save_pair(folder, backbone, seed=0)
    before, stamp = (
        translators.load(settings, "tiny", backbone.checksum, "mine"),
        translators.stamp(settings),
    )
    save_pair(folder, backbone, seed=1)
    os.utime(folder / "vvp.safetensors", ns=(1, 1))
    assert translators.stamp(settings) != stamp
    after = translators.load(settings, "tiny", backbone.checksum, "mine")
    x = np.ones((1, before.members["vvp"].features), np.float32)
    assert before.members["vvp"].logits(x) != after.members["vvp"].logits(x)


@pytest.mark.parametrize("name", ["../../etc", "/etc/passwd", "..", "a/../b", "C:\\x", ""])
def test_a_backbones_name_never_leads_out_of_the_folder(name, settings):
    inside = translators.folder_name(name)
    assert inside not in ("", ".", "..")
    assert not set(inside) & set("/\\:")


def test_few_regulators_get_the_translator_that_does_not_compare_them(settings, backbone):
    """Centred over one regulator every feature is 0: the ranking would be rounding noise."""
    for name in ("net-centred", "net-paper"):
        save_pair(settings.home / "translators" / "tiny" / name, backbone)
    (settings.home / "translators" / "tiny" / "default").write_text("net-centred\n")
    known_as = settings, "tiny", backbone.checksum
    assert translators.load(*known_as, None, translators.FEW_SOURCES).name == "net-centred"
    assert translators.load(*known_as, None, 1).name == "net-paper"
    assert translators.load(*known_as, "net-centred", 1).name == "net-centred"


@pytest.mark.parametrize("how", ["flip", "empty", "fifo"])
def test_a_damaged_translator_of_ones_own_is_set_aside_and_named(settings, backbone, how):
    mine = settings.home / "translators" / "tiny" / "mine"
    save_pair(mine, backbone)
    save_pair(settings.assets / "translators" / "tiny" / "shipped", backbone)
    path = mine / "gdt.safetensors"
    content = bytearray(path.read_bytes())
    content[-9] ^= 1
    path.unlink()
    os.mkfifo(path) if how == "fifo" else path.write_bytes(content if how == "flip" else b"")
    if how != "fifo":
        with pytest.raises(CheckpointError, match="mine"):  # asked for by name: said
            translators.load(settings, "tiny", backbone.checksum, "mine")
    assert translators.load(settings, "tiny", backbone.checksum).name == "shipped"
    assert translators.translators(settings, "tiny") == ("shipped",)
    assert translators.damaged(settings, "tiny") == ("mine",)
    assert (mine / "vvp.safetensors.damaged-1").exists()
    save_pair(mine, backbone)  # trained again
    assert translators.damaged(settings, "tiny") == ()
    assert translators.translators(settings, "tiny") == ("mine", "shipped")


def test_those_of_a_former_model_of_the_name_are_told_apart(settings, backbone):
    other = SimpleNamespace(checksum="0" * 64, defaults=backbone.defaults, name=backbone.name)
    home = settings.home / "translators" / "tiny"
    save_pair(home / "former", other)
    save_pair(home / "mine", backbone)
    assert translators.translators(settings, "tiny") == ("former", "mine")
    assert translators.of_weights(settings, "tiny", backbone.checksum) == ("mine",)
    assert translators.of_weights(settings, "tiny", "1" * 64) == ()
    (home / "broken").mkdir()
    (home / "broken" / "vvp.safetensors").write_bytes(b"no translator")
    found = translators.of_weights(settings, "tiny", backbone.checksum)
    assert found == ("broken", "mine")
