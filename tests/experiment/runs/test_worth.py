"""What a run's numbers are worth, on tables whose worth is known by construction."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ugrn_core.experiment.runs import worth
from ugrn_core.experiment.runs.edges import all_pairs
from ugrn_core.types import ProbeTensor, ReferenceNetwork

GENES = tuple(f"G{k}" for k in range(12))


def tensors(response: np.ndarray, slope: np.ndarray) -> dict[str, ProbeTensor]:
    """Curves over two grid values whose means are the (12, 12) arrays given."""
    made = {}
    for name, mean in (("vvp", response), ("gdt", slope)):
        values = np.stack([mean - 0.1, mean + 0.1], axis=1)
        made[name] = ProbeTensor(probe=name, sources=GENES, genes=GENES, values=values)
    return made


def table(score: np.ndarray) -> pd.DataFrame:
    pairs = np.argwhere(~np.eye(len(GENES), dtype=bool))
    return pd.DataFrame(
        {
            "source": [GENES[a] for a, _ in pairs],
            "target": [GENES[b] for _, b in pairs],
            "probability": score[pairs[:, 0], pairs[:, 1]],
            "reverse_probability": score[pairs[:, 1], pairs[:, 0]],
        }
    )


def network(edges: list[tuple[int, int]], signs: list[int] | None = None) -> ReferenceNetwork:
    return ReferenceNetwork(
        name="known",
        dataset="made up",
        genes=GENES,
        regulators=np.arange(len(GENES)),
        edges=np.array(edges),
        signs=None if signs is None else np.array(signs, dtype=np.int8),
    )


@pytest.fixture
def noise() -> np.ndarray:
    return np.random.default_rng(3).normal(size=(12, 12))


def test_two_numbers_are_one_only_where_they_are(noise):
    other = np.random.default_rng(4).normal(size=(12, 12))
    same = worth.measured(tensors(noise, 2 * noise + 1), table(noise), (), {})
    pairs = all_pairs(tensors(noise, other)["gdt"])
    apart = worth.measured(tensors(noise, other), table(noise), (), {})
    at = pairs[:, 0], pairs[:, 1]
    assert same["vvp_gdt"] == 1.0
    assert worth.one_number(same)
    assert apart["vvp_gdt"] == pytest.approx(np.corrcoef(noise[at], other[at])[0, 1], abs=1e-4)
    assert not worth.one_number(apart)
    assert not worth.one_number({})


def test_a_symmetric_score_has_no_direction_and_its_reverse_is_itself(noise):
    both = noise + noise.T
    chain = [(k, k + 1) for k in range(11)]
    found = worth.measured(tensors(noise, noise), table(both), (network(chain),), {})
    assert found["reverse"] == 1.0
    assert found["direction"]["known"] == {"edges": 11, "right": 0.5}


def test_direction_counts_edges_known_one_way(noise):
    chain = [(k, k + 1) for k in range(11)]
    score = noise - noise.T
    for a, b in chain[:8]:
        score[a, b], score[b, a] = 1, -1
    for a, b in chain[8:]:
        score[a, b], score[b, a] = -1, 1
    known = network([*chain, (11, 0), (0, 11)])  # the last says nothing
    found = worth.measured(tensors(noise, noise), table(score), (known,), {})
    assert found["direction"]["known"] == {"edges": 11, "right": pytest.approx(8 / 11)}


def test_signs_are_judged_by_the_slope_and_beside_their_base_rate(noise):
    edges = [(0, k) for k in range(1, 12)]
    slope = noise.copy()
    slope[0, 1:] = np.arange(11) - 2.5  # three below zero
    signs = [-1, 1, -1, *[1] * 7, 0]  # the last is unknown
    found = worth.measured(tensors(noise, slope), table(noise), (network(edges, signs),), {})
    sign = found["sign"]["known"]
    assert (sign["edges"], sign["activating"]) == (10, 0.8)
    assert sign["right"] == pytest.approx(0.9)  # of three below zero two repress
    assert sign["auroc"] == pytest.approx(15 / 16)


def test_nothing_is_said_of_a_network_without_signs_or_with_few_edges(noise):
    few = network([(0, 1), (1, 2)], [1, -1])
    both_ways = network([(a, b) for a in range(6) for b in range(6) if a != b])
    for known in (few, both_ways):
        found = worth.measured(tensors(noise, noise), table(noise), (known,), {})
        assert found["sign"] == found["direction"] == {}


def test_symbols_of_the_table_are_not_the_backbones_tokens(noise):
    labels = {g: g.lower() for g in GENES}
    known = network([(0, k) for k in range(1, 12)], [1] * 11)
    known = ReferenceNetwork(**{**vars(known), "genes": tuple(labels.values())})
    frame = table(noise).replace(labels)
    found = worth.measured(tensors(noise, noise), frame, (known,), labels)
    assert found["sign"]["known"]["edges"] == found["direction"]["known"]["edges"] == 11
    assert found["sign"]["known"]["auroc"] is None
