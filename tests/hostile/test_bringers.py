"""What brings things into a UGRN_HOME (data, models, own cells) goes on, whatever is in its way."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.data.conftest import official  # noqa: F401
from tests.data.test_fetching import publish as publish_beeline
from tests.data.test_fetching import server  # noqa: F401
from tests.experiment.catalog.test_fetch_models import (  # noqa: F401
    checkpoint,
    hub,
    model,
    settings,
)
from ugrn_core.data.own import store
from ugrn_core.errors import OptionError
from ugrn_core.experiment.catalog import added_models, fetch, fetch_models
from ugrn_core.experiment.catalog.backbones import backbones

IN_THE_WAY = ("file", "fifo", "folder", "device", "nowhere")


def put(path: Path, what: str) -> None:
    """Put one of IN_THE_WAY at `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if what == "file":
        path.write_bytes(b"another's")
    elif what == "fifo":
        os.mkfifo(path)
    elif what == "folder":
        (path / "full").mkdir(parents=True)
    else:
        path.symlink_to({"device": "/dev/zero", "nowhere": "not there"}[what])


def cleared(home: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()


@pytest.mark.usefixtures("alarm")
@pytest.mark.parametrize("what", IN_THE_WAY)
def test_data_are_fetched(server, official, settings, what):  # noqa: F811
    publish_beeline(server, official)
    digest = fetch._listed("beeline", f"{server.url}/records")[-1].digest[:8]
    networks = "downloads/BEELINE-Networks.zip"
    for place in ("downloads", ".beeline.partial", networks, f"{networks}.{digest}.part"):
        cleared(settings.home)
        put(settings.home / place, what)
        folder = fetch.fetch("beeline", settings, f"{server.url}/records")
        assert len(fetch.beeline_cells(folder)) == 2, place
    if what == "nowhere":
        cleared(settings.home)
        put(settings.home / "beeline", what)
        assert fetch.fetch("beeline", settings, f"{server.url}/records").is_dir()


@pytest.mark.usefixtures("alarm")
@pytest.mark.parametrize("what", IN_THE_WAY)
def test_models_are_fetched_and_added(model, checkpoint, settings, what):  # noqa: F811
    own, first = f"downloads/{model.name}", model.files[0].name
    half = f"{own}/{first}.{model.files[0].sha256[:8]}.part"
    ways = (None, checkpoint)
    places = ("downloads", own, f"{own}.lock", "backbones", f"{own}/{first}", half)
    for place in (*places, f"{own}/{first}.part", f"{own}/card.json", f"{own}/fetched.json"):
        for source in ways if place.endswith((first, "part")) else ways[-1:]:
            cleared(settings.home)
            put(settings.home / place, what)
            fetch_models.fetch_model(model.name, settings, source=source)
            assert [c.name for c in backbones(settings)] == [model.name], place
    cleared(settings.home)
    put(settings.home / "backbones", what)
    assert added_models.add_folder(checkpoint, "mine", settings) == "mine"
    put(settings.home / "backbones" / "other", what)
    with pytest.raises(OptionError, match="backbones remove other"):
        added_models.add_folder(checkpoint, "other", settings)
    added_models.remove_model("other", settings)
    assert added_models.add_folder(checkpoint, "other", settings) == "other"


@pytest.mark.usefixtures("alarm")
@pytest.mark.parametrize("what", IN_THE_WAY)
def test_own_cells_are_kept_and_removed(tmp_path, what):
    cleared(tmp_path / "home")
    put(tmp_path / "home" / store.FOLDER, what)
    one = store.write(tmp_path / "home", "liver", {"owner": "me"}, {store.CELLS: b"x"})
    put(one.folder.with_name(f".owner-{one.mark}"), what)
    store.put_back(store.remove(tmp_path / "home", one.mark))
    assert store.owner_of(tmp_path / "home", one.mark) == "me"
    store.remove(tmp_path / "home", one.mark)
    assert store.owner_of(tmp_path / "home", one.mark) == "me"
