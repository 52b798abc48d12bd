"""A translator under damage: refused in a sentence, never other scores."""

from __future__ import annotations

import numpy as np

from tests.hostile.damage import damage
from tests.translators.test_storage import trained  # noqa: F401
from ugrn_core.errors import CheckpointError, MissingDataError
from ugrn_core.translators.storage import load_translator, save_translator


def test_the_very_scores_or_none(trained, tmp_path, rounds):  # noqa: F811
    ensemble, card, x = trained
    path, scores = tmp_path / "gdt.safetensors", ensemble.logits(x)
    for seed, rng in rounds:
        if path.is_symlink():
            path.unlink()
        save_translator(path, ensemble, card)
        how = damage(rng, path)
        try:
            loaded, told = load_translator(path)
        except (CheckpointError, MissingDataError):
            continue
        assert np.array_equal(loaded.logits(x), scores), (seed, how)
        assert told.to_json() == card.to_json(), (seed, how)
