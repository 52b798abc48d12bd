"""A toy checkpoint of every published kind, all the way: run, every page, what is relaxed."""

from __future__ import annotations

import pytest

from tests.backbones.toys import KINDS, write_toy
from tests.pages.conftest import PAGES
from tests.pages.test_pages import opened
from ugrn_core.data.cells import builtin
from ugrn_core.experiment.runs import compute
from ugrn_core.experiment.runs.spec import Spec
from ugrn_core.settings import Settings

GENES = builtin.krumsiek_network().genes


@pytest.fixture(scope="module")
def probed(tmp_path_factory) -> Settings:
    """Settings under which a toy of every kind has probed the Krumsiek genes."""
    home = tmp_path_factory.mktemp("kinds") / "home"
    settings = Settings(home=home, assets=home.parent / "assets", workers=1)
    for kind in KINDS:
        write_toy(home / "backbones" / kind, kind, GENES)
        compute.compute(settings, Spec(kind, "krumsiek2011"))
    return settings


@pytest.fixture(autouse=True)
def here(probed, point_to):
    point_to(probed)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("page", PAGES)
def test_every_page(page, kind):
    app = opened(page, backbone=kind, dataset="krumsiek2011", across="true", part="models")
    assert not app.exception
    assert not app.error, (page, app.error)
    assert not app.warning, (page, app.warning)
    for table in (e.value for e in app.dataframe):
        assert not table.select_dtypes("number").isna().all().any(), "a column of nothing"
