"""The tiny corpus, written once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pretraining.corpora import write_corpus


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("corpus") / "corpus")
