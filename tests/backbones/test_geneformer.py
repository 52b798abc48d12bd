"""Geneformer against the original code's outputs, V1 and V2."""

from __future__ import annotations

import pickle
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.backbones.conftest import Golden, close, read_golden
from tests.backbones.tiny import write_geneformer, write_scbert
from ugrn_core.backbones import open_backbone
from ugrn_core.backbones.forward_ad import push_forward
from ugrn_core.backbones.ranked.bert import hidden_states, token_logits
from ugrn_core.backbones.ranked.tokens import read_dictionary, tokenise
from ugrn_core.backbones.transformer import project
from ugrn_core.errors import CheckpointError, GridError, OptionError, PanelError
from ugrn_core.probes.attention import Attention
from ugrn_core.probes.base import ProbeRequest
from ugrn_core.probes.perturbation import Perturbation
from ugrn_core.probes.settings import default_settings
from ugrn_core.types import Panel, ProbeSettings, Profile

FOLDERS = ("geneformer_v1_small/safetensors", "geneformer_v1_small/bin", "geneformer_v2_small")

TOLERANCES = [("float64", "f64", 1e-9), ("float32", "f32", 5e-5)]


@pytest.fixture(scope="module", params=FOLDERS)
def golden(request, shared_data: Path) -> Golden:
    return read_golden(shared_data / "parity" / request.param)


def weights(folder: Path) -> list[Path]:
    return [p for p in folder.iterdir() if p.suffix in (".safetensors", ".bin")] + [
        folder / "config.json"
    ]


def test_tokens_by_the_exact_rule(golden, backbone):
    facts = golden.facts
    given = facts["input_gene_ids"], golden.arrays["counts"], np.array(facts["n_counts"])
    assert tokenise(*given, backbone.dictionaries, backbone.longest) == facts["cells_tokens"]
    lead = int(backbone.dictionaries.has_cls)
    whole = tokenise(*given, backbone.dictionaries, 10**6)
    assert [c[lead : len(c) - lead] for c in whole] == facts["cells_tokens_uncropped"]


@pytest.mark.parametrize(
    ("dtype", "suffix", "atol"), [("float64", "f64", 1e-9), ("float32", "f32", 5e-5)]
)
def test_hidden_states_and_logits(golden, backbone, dtype, suffix, atol):
    net = backbone.in_dtype(getattr(torch, dtype))
    for cell, tokens in enumerate(golden.facts["cells_tokens"]):
        ids = torch.tensor([tokens])
        close(hidden_states(net, ids)[0], golden.arrays[f"cell{cell}__hidden_{suffix}"], atol)
        if f"cell{cell}__logits_{suffix}" not in golden.arrays:
            continue
        got = token_logits(net, hidden_states(net, ids), ids)[0]
        logits = golden.arrays[f"cell{cell}__logits_{suffix}"]
        close(got, logits[np.arange(len(tokens)), tokens], atol)


def test_layers_and_attention_of_the_last(golden, backbone):
    net = backbone.in_dtype(torch.float64)
    ids = torch.tensor([golden.facts["cells_tokens"][0]])
    before = hidden_states(net, ids, len(net.layers) - 1)
    close(before[0], golden.arrays["cell0__hidden_prev_f64"], 1e-9)
    close(hidden_states(net, ids, 0)[0], golden.arrays["cell0__hidden0_f64"], 1e-9)
    query, key, _ = project(before, net.layers[-1], net.heads)
    close((query @ key.mT)[0], golden.arrays["cell0__qk_last_f64"], 1e-9)


def test_a_masked_place_asks_for_its_gene(golden, backbone):
    net = backbone.in_dtype(torch.float64)
    tokens, at = list(golden.facts["cells_tokens"][0]), golden.facts["mask_position_cell0"]
    shown = torch.tensor([tokens])
    shown[0, at] = backbone.dictionaries.specials["<mask>"]
    got = token_logits(net, hidden_states(net, shown), torch.tensor([tokens]))[0, at]
    np.testing.assert_allclose(got, golden.arrays["masked_logits_f64"][tokens[at]], atol=1e-9)


def test_gene_vectors(golden, backbone):
    genes = backbone.vocabulary.genes[:10]
    rows = [backbone.vocabulary.tokens.index(g) for g in genes]
    close(backbone.gene_embedding(Panel(genes)), golden.arrays["word_emb"][rows], 0)


@pytest.mark.parametrize(
    ("dtype", "suffix", "atol"), [("float64", "f64", 1e-9), ("float32", "f32", 1e-5)]
)
def test_deletion_and_over_expression(golden, backbone, dtype, suffix, atol):
    net = backbone.in_dtype(getattr(torch, dtype))
    for p in golden.facts["perturbations"]:
        tokens = golden.facts["cells_tokens"][p["cell"]]
        got = backbone.shifts(net, tokens, p["source_token"], p["type"] == "overexpress")
        affected = golden.arrays[f"{p['name']}__tokens"]
        assert sorted(got) == affected.tolist()
        cosines = 1 - np.array([got[t] for t in affected])
        close(cosines, golden.arrays[f"{p['name']}__cos_prev_{suffix}"], atol)


def test_pickles_and_json_say_the_same(golden):
    folder = golden.folder if golden.facts["variant"].startswith("V2") else golden.folder.parent
    for path in folder.glob("*.pkl"):
        from_json = read_dictionary(path.with_suffix(".json"))
        assert {k: type(from_json[k])(v) for k, v in read_dictionary(path).items()} == from_json


def test_a_folder_with_pickles_alone_opens(golden, backbone, tmp_path):
    beside = golden.folder if golden.facts["variant"].startswith("V2") else golden.folder.parent
    for path in (
        *beside.glob("*.pkl"),
        *golden.folder.glob("*.[sb]*"),
        golden.folder / "config.json",
    ):
        shutil.copy(path, tmp_path / path.name)
    assert open_backbone(tmp_path).checksum == backbone.checksum


def brute_force(backbone, panel: Panel, values: dict[str, float], masked: bool = False) -> dict:
    """Return gene -> logit at its own place, cell by cell, from the definition."""
    net, d = backbone.in_dtype(torch.float64), backbone.dictionaries
    ids = dict(zip(panel.genes, (backbone.vocabulary.ids([g])[0] for g in panel.genes)))
    scores = [(-values[g] / backbone.medians[ids[g]], ids[g], g) for g in panel.genes if values[g]]
    order = [g for *_, g in sorted(scores)]
    frame = [[d.specials["<cls>"]], [d.specials["<eos>"]]] if d.has_cls else [[], []]
    tokens = torch.tensor([[*frame[0], *(int(ids[g]) for g in order), *frame[1]]])
    found = {}
    for place, gene in enumerate(order, len(frame[0])):
        shown = tokens.clone()
        if masked:
            shown[0, place] = d.specials["<mask>"]
        x = hidden_states(net, shown)
        found[gene] = float(token_logits(net, x, tokens)[0, place])
    return found


@pytest.fixture(scope="module", params=[1, 2], ids=["V1", "V2"])
def tiny(request, tmp_path_factory):
    return open_backbone(write_geneformer(tmp_path_factory.mktemp("gf"), request.param))


def test_responses_are_jumps_in_the_queue(tiny):
    panel = Panel(tiny.vocabulary.genes[3:15])
    settings = ProbeSettings(2.0, (0.0, 0.3, 2.0, 2.1, 50.0), cls=None, dtype="float64")
    sweep = tiny.sweep(panel, settings)
    base = brute_force(tiny, panel, dict.fromkeys(panel.genes, 2.0))
    close(sweep.baseline_output, np.array([base[g] for g in panel.genes]), 1e-9)
    source = panel.genes[3]
    response, _ = sweep(3)
    for t, value in enumerate(settings.grid):
        out = brute_force(tiny, panel, dict.fromkeys(panel.genes, 2.0) | {source: value})
        expected = np.array([out.get(g, 0.0) - base[g] for g in panel.genes])
        close(response[t], expected, 1e-9)
    assert (response[2] == 0).all()
    assert (response[4] != 0).any()
    other = tiny.sweep(panel, ProbeSettings(7.0, (7.0,), cls=None, dtype="float64"))
    close(other.baseline_output, sweep.baseline_output, 0)  # v_b cancels


def test_on_the_axis_of_places_the_source_stands_where_it_is_put(tiny):
    """Among 8 others there are 9 places; medians repeat, and between equals there is none."""
    panel = Panel(tiny.vocabulary.genes[3:12])
    ids = [int(k) for k in tiny.vocabulary.ids(panel.genes)]
    cell, source = np.full(9, 2.0), 4
    shares = (0.0, 1e-4, *((k + 0.5) / 9 for k in range(9)), 1.0)
    values = tiny.values_at(panel, cell, source, shares)
    others = sorted(-2.0 / tiny.medians[k] for k in np.delete(ids, source))
    ahead = [8, *range(8, -1, -1), 0]
    for share, value, before in zip(shares[1:], values[1:], ahead, strict=True):
        scaled = -value / tiny.medians[ids[source]]
        assert np.searchsorted(others, scaled, "left") <= before, share
        assert np.searchsorted(others, scaled, "right") >= before, share
    assert values[0] == 0
    for share, value in zip(shares[2:-1], values[2:-1], strict=True):
        there = np.where(np.arange(9) == source, value, cell)
        assert abs(tiny.place_of(panel, there, source) - share) <= 1 / 9 + 1e-9
    assert tiny.place_of(panel, np.where(np.arange(9) == source, 0.0, cell), source) == 0
    made = ProbeSettings(2.0, shares, cls=None, dtype="float64", axis="place")
    by_value = ProbeSettings(2.0, tuple(dict.fromkeys(values)), cls=None, dtype="float64")
    response, tangent = tiny.sweep(panel, made)(source)
    expected, _ = tiny.sweep(panel, by_value)(source)
    close(response[0], expected[0], 0)
    close(response[-1], expected[-1], 1e-12)
    assert (response[-1] != response[1]).any()
    assert tangent.shape == response.shape
    assert made.identity()["axis"] == "place"
    assert "axis" not in by_value.identity()
    assert ProbeSettings.from_json(made.to_json()) == made


def test_places_are_for_models_of_an_order(tiny, tmp_path):
    made = default_settings(tiny, axis="place")
    assert (len(made.grid), made.grid[0], made.grid[-1]) == (8, 0.0, 1.0)
    with pytest.raises(GridError, match="0 \\(absent\\) to 1"):
        default_settings(tiny, axis="place", grid=(0.5, 2.0))
    other = open_backbone(write_scbert(tmp_path))
    with pytest.raises(OptionError, match="no axis of places"):
        default_settings(other, axis="place")


def test_in_a_profile_the_source_starts_from_its_own_place(tiny):
    panel = Panel(tiny.vocabulary.genes[3:9])
    cell = dict(zip(panel.genes, (0.0, 2.0, 30.0, 0.5, 0.0, 1.0), strict=True))
    made = ProbeSettings(Profile("mono", tuple(cell.values())), (0.0, 50.0), cls=None)
    sweep = tiny.sweep(panel, replace(made, dtype="float64"))
    base = brute_force(tiny, panel, cell)
    for source in (0, 2):
        response, tangent = sweep(source)
        moved = brute_force(tiny, panel, cell | {panel.genes[source]: 50.0})
        expected = [moved.get(g, 0.0) - base.get(g, 0.0) for g in panel.genes]
        close(response[1], np.array(expected), 1e-9)
        assert (tangent != 0).any() == (source == 2)  # an absent gene has no gate


def test_the_gate_is_the_model_at_one_and_its_slope_is_exact(tiny):
    panel = Panel(tiny.vocabulary.genes[3:12])
    settings = ProbeSettings(1.0, (0.5, 1.0, 2.0, 4.0), cls=None, dtype="float64")
    _, tangent = tiny.sweep(panel, settings)(2)
    cells = torch.ones(2, len(panel), dtype=torch.float64)

    def run(*shares):
        gate = 2, torch.tensor(shares, dtype=torch.float64)
        return tiny.reconstruct(panel, cells, gate=gate)

    whole = tiny.reconstruct(panel, cells[:1])
    close(run(1.0, 0.5)[:1], whole, 1e-12)
    for t, share in enumerate((0.25, 0.5, 0.75, 1.0)):
        above, below = run(share + 1e-6, share - 1e-6)
        close(tangent[t], (above - below) / 2e-6, 1e-7 * max(1, np.abs(tangent[t]).max()))


@pytest.mark.parametrize("activation", ["relu", "gelu", "leaky_relu"])
@pytest.mark.parametrize("readout", ["visible", "masked"])
def test_the_gates_pass_by_hand_is_forward_mode(tiny, readout, activation):
    backbone = replace(tiny, weights=replace(tiny.weights, activation=activation))
    panel = Panel(backbone.vocabulary.genes[2:13])
    cell = torch.linspace(0.0, 5.0, 11, dtype=torch.float64)  # the first one is absent
    shares = torch.tensor([0.1, 0.4, 0.9, 1.0], dtype=torch.float64)
    for source in (1, 6):
        by_hand = backbone.gate_slopes(panel, cell, source, shares, readout)

        def run(share, source=source):
            cells = cell.expand(len(share), -1)
            return backbone.reconstruct(panel, cells, readout, gate=(source, share))

        _, slopes = push_forward(run, shares, torch.ones_like(shares))
        close(by_hand, slopes, 1e-12 * float(slopes.abs().max()))
        assert (by_hand[:, 0] == 0).all()
        assert (by_hand[:, 2:] != 0).all()
    single = backbone.gate_slopes(panel, cell.float(), 6, shares.float(), readout)
    close(single, slopes, 1e-5 * float(slopes.abs().max()))


def test_attention_among_the_panels_genes(tiny):
    panel = Panel(tiny.vocabulary.genes[5:12])
    values = torch.ones(1, 7, dtype=torch.float64)
    values[0, 4] = 0
    found = tiny.attention(panel, values)[0]
    assert found.shape == (tiny.weights.heads, 7, 7)
    assert np.isneginf(found[:, 4]).all()
    assert np.isneginf(found[:, :, 4]).all()
    present = [0, 1, 2, 3, 5, 6]
    assert np.isfinite(found[:, present][:, :, present]).all()


@pytest.mark.parametrize("masked", [False, True])
def test_the_order_of_the_panel_is_no_part_of_an_answer(tiny, masked):
    genes = tiny.vocabulary.genes[:14]
    values = torch.tensor([[3.0, 0, 1, 1, 1, 2, 0, 5, 1, 1, 1, 1, 1, 1]]).double()
    readout = "masked" if masked else "visible"
    out = tiny.reconstruct(Panel(genes), values, readout)
    again = tiny.reconstruct(Panel(genes[::-1]), values.flip(1), readout)
    close(again.flip(1), out, 1e-12)
    assert (out[0, [1, 6]] == 0).all()
    expected = brute_force(tiny, Panel(genes), dict(zip(genes, values[0].tolist())))
    if not masked:
        close(out[0], np.array([expected.get(g, 0.0) for g in genes]), 1e-12)


def test_a_masked_gene_is_asked_for_beside_a_seventh_of_the_others(tiny):
    panel = Panel(tiny.vocabulary.genes[:7])  # one gene a part: brute force is the same
    values = torch.ones(1, 7, dtype=torch.float64)
    got = tiny.reconstruct(panel, values, "masked")[0]
    alone = brute_force(tiny, panel, dict.fromkeys(panel.genes, 1.0), masked=True)
    parts = np.array([alone[g] for g in panel.genes])
    close(got, parts, 1e-12)


def test_a_deletion_as_the_probe_reads_it(tiny):
    panel = Panel(tiny.vocabulary.genes[:12])
    cell = np.array([3.0, 0, 1, 1, 1, 2, 0, 5, 1, 1, 1, 1])
    sources = np.array([2, 1])
    gone = tiny.perturb(panel, cell, sources)
    assert (gone[1] == 0).all()  # an absent gene cannot be deleted
    assert (gone[0, [1, 2, 6]] == 0).all()
    assert (gone[0, [0, 3, 5, 7]] > 0).all()
    front = tiny.perturb(panel, cell, sources, overexpress=True)
    assert (front[1, [0, 2, 3]] > 0).all()


def test_genes_are_known_by_symbol_and_by_id(tiny):
    assert tiny.vocabulary.find("GATA1").how == "exact"
    assert tiny.vocabulary.find("ENSG00000102145").token == "GATA1"
    assert tiny.vocabulary.find("ENSG00000900003").token == "ENSG00000900003"


def test_the_probes_read_the_models_own_perturbation_and_both_attentions(tiny):
    panel = Panel(tiny.vocabulary.genes[:8])
    cells = np.ones((2, 8))
    cells[0, 3] = cells[:, 5] = 0
    settings = ProbeSettings(1.0, (1.0,), cls=None, dtype="float64")
    asked = ProbeRequest(tiny, panel, panel.genes[2:4], settings, cells)
    gone = Perturbation()(asked).values[:, 0]
    both = [tiny.perturb(panel, cell, np.array([2, 3])) for cell in cells]
    close(gone, sum(both) / 2, 1e-12)
    front = Perturbation(overexpress=True)(asked).values[:, 0]
    assert np.abs(front - gone).max() > 1e-5
    shares = Attention(recipe="mean")(asked).values[:, 0]
    one, two = (tiny.mean_attention(panel, torch.from_numpy(c[None]))[0] for c in cells)
    close(shares[0, :3], ((one + two) / 2)[:3, 2].astype(np.float32), 1e-6)
    close(shares[1, :3], two[:3, 3].astype(np.float32), 1e-6)  # absent in the first cell
    assert (shares[:, 5] == 0).all()
    close(np.nansum(one, 1) <= 1 + 1e-12, np.ones(8, bool), 0)
    assert np.isfinite(Attention()(asked).values).all()


def test_what_it_refuses(tiny, tmp_path):
    panel = Panel(tiny.vocabulary.genes[:5])
    with pytest.raises(GridError, match="empty"):
        tiny.sweep(panel, ProbeSettings(0.0, (1.0,), cls=None))
    with pytest.raises(PanelError, match="at most"):
        tiny.sweep(Panel(tiny.vocabulary.genes[:17]), ProbeSettings(1.0, (1.0,), cls=None))
    folder = write_geneformer(tmp_path / "one", pickled=False)
    (folder / "token_dictionary_gc104M.json").unlink()
    with pytest.raises(CheckpointError, match="token dictionary"):
        open_backbone(folder)


class Bomb:
    def __reduce__(self):
        return (eval, ("1/0",))


@pytest.mark.parametrize("content", [{"a": Bomb()}, ["a"], {"a": np.array([1, 2])}])
def test_a_pickle_that_holds_more_than_numbers_is_refused(tmp_path, content):
    path = tmp_path / "token_dictionary.pkl"
    path.write_bytes(pickle.dumps(content))
    with pytest.raises(CheckpointError, match="dictionary"):
        read_dictionary(path)


def test_the_counter_of_places_in_the_published_v1_is_no_part_that_goes_unread(tmp_path):
    folder = write_geneformer(tmp_path, version=1)
    state = load_file(folder / "model.safetensors")
    places = {"bert.embeddings.position_ids": torch.arange(16)[None]}
    save_file(state | places, folder / "model.safetensors")
    assert "bert.embeddings.position_ids" not in open_backbone(folder).ignored
