"""A hub that lies, stutters, leads astray or is one of two at once: a sentence, or the model."""

from __future__ import annotations

import errno
import json
import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.experiment.catalog.test_fetch_models import (  # noqa: F401
    checkpoint,
    hub,
    model,
    settings,
    unpinned,
)
from tests.experiment.published import local_hub, publish
from ugrn_core.data import download as downloading
from ugrn_core.data import web
from ugrn_core.data.web import _may_lead
from ugrn_core.errors import InputError, MissingDataError, OptionError, StorageError
from ugrn_core.experiment.catalog import fetch_models
from ugrn_core.experiment.catalog.backbones import backbones
from ugrn_core.jobs.claims import exclusive


@pytest.fixture(autouse=True)
def waits(monkeypatch):
    """Nobody waits in these tests; what they would have waited is returned."""
    slept: list[float] = []
    for module in (downloading, web):
        clock = SimpleNamespace(sleep=slept.append, monotonic=module.time.monotonic)
        monkeypatch.setattr(module, "time", clock)
    return slept


def fetch(settings, **options):  # noqa: F811
    return fetch_models.fetch_model("tiny-model", settings, **options)


def here(settings) -> list[str]:  # noqa: F811
    return [card.name for card in backbones(settings)]


ASTRAY = {
    "file:///etc/passwd": "outside the web",
    "ftp://127.0.0.1/a": "outside the web",
    "//": "Cannot download",
    "http://[::no": "no address",
}


@pytest.mark.parametrize("address", ASTRAY)
def test_where_it_must_not_lead_nobody_follows(model, settings, hub, address):  # noqa: F811
    hub.answers = [(302, {"Location": address})] * 9
    with pytest.raises(MissingDataError, match=ASTRAY[address]):
        fetch(settings)
    assert len(hub.asked) == 1 or address == "//"
    hub.answers = []
    fetch(settings)
    assert here(settings) == ["tiny-model"]


def test_nobody_is_led_from_https_to_http():
    assert _may_lead("http://a/x", "https://b/x")
    assert _may_lead("https://a/x", "https://b/x")
    assert _may_lead("http://a/x", "http://b/x")
    assert not _may_lead("https://a/x", "http://a/x")


def test_a_circle_is_left_at_once(model, settings, hub, waits):  # noqa: F811
    hub.answers = [(302, {"Location": f"/{k % 3}"}) for k in range(99)]
    with pytest.raises(MissingDataError, match="in a circle"):
        fetch(settings)
    assert len(hub.asked) <= 10
    assert waits == []


def test_another_host_is_told_no_token_and_no_password(model, settings, hub, monkeypatch):  # noqa: F811
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    with local_hub(monkeypatch) as store:
        store.files = dict(hub.files)
        by_path = [(302, {"Location": f"{store.url}{path}"}) for path in sorted(hub.files)]
        hub.answers = by_path
        login = settings.hub.replace("http://", "http://somebody:hidden@")
        folder = fetch(replace(settings, hub=login))
        heard = json.dumps(store.heard)
        assert len(store.heard) == len(model.files)
        assert "Authorization" not in heard
        assert "secret" not in heard + json.dumps(hub.heard)
    assert "hidden" not in (folder / "fetched.json").read_text()


def test_a_hub_with_a_login_is_named_without_it(model, settings):  # noqa: F811
    with pytest.raises(MissingDataError) as caught:
        fetch(replace(settings, hub="http://somebody:hidden@127.0.0.1:9"))
    assert "127.0.0.1:9" in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_a_mirror_below_a_path_with_a_slash_at_its_end(model, settings, hub):  # noqa: F811
    hub.files = {f"/mirror/hf{path}": body for path, body in hub.files.items()}
    fetch(replace(settings, hub=f"{hub.url}/mirror/hf/"))
    assert here(settings) == ["tiny-model"]


@pytest.mark.parametrize(
    "address", ["hf-mirror.com", "file:///srv/hf", "https://", "http://[::", "https://a/?token=b"]
)
def test_a_mirror_that_is_none_is_told_before_anything_is_asked(model, settings, address):  # noqa: F811
    with pytest.raises(OptionError, match=r"HF_ENDPOINT is the address.*such as"):
        fetch(replace(settings, hub=address))


def test_packed_by_a_proxy_is_no_damage(model, settings, hub):  # noqa: F811
    hub.headers = {"Content-Encoding": "gzip"}
    with pytest.raises(MissingDataError, match=r"packed anew \(gzip\)"):
        fetch(settings)
    hub.headers = {}
    fetch(settings)


def test_cut_off_at_every_file_it_goes_on(model, settings, hub):  # noqa: F811
    for limit in (0, 1, 700):
        hub.stop_after, before = limit, len(hub.asked)
        with pytest.raises(MissingDataError, match="ended early"):
            fetch(settings)
        assert len(hub.asked) > before
    hub.stop_after = None
    fetch(settings)
    assert here(settings) == ["tiny-model"]


@pytest.mark.parametrize("ranges", [True, False])
def test_every_second_answer_fails(model, settings, hub, ranges):  # noqa: F811
    hub.ranges = ranges
    refusals = [(429, {}), (503, {"Retry-After": "Tue, 01 Jan 2019 00:00:00 GMT"}), (502, {})]
    hub.answers = refusals
    fetch(settings)
    assert here(settings) == ["tiny-model"]


def test_a_question_that_a_busy_hub_refuses_is_asked_again(
    model,  # noqa: F811
    settings,  # noqa: F811
    hub,  # noqa: F811
    monkeypatch,
    waits,
):
    publish(monkeypatch, unpinned(model, hub))
    hub.head_answers = [503, 429]
    fetch(settings)
    assert here(settings) == ["tiny-model"]
    assert [w for w in waits if w] == [2, 4]
    hub.head_answers = [403]
    with pytest.raises(MissingDataError, match="answered 403"):
        fetch(replace(settings, home=settings.home / "other"))
    assert [w for w in waits if w] == [2, 4]


def test_the_right_checksum_with_another_size_is_another_file(
    model,  # noqa: F811
    settings,  # noqa: F811
    monkeypatch,
):
    for change in (-1, 1):
        first = replace(model.files[0], size=model.files[0].size + change)
        publish(monkeypatch, replace(model, files=(first, *model.files[1:])))
        with pytest.raises(MissingDataError, match="were promised: another file"):
            fetch(settings)
    assert here(settings) == []


def test_heads_without_measure_are_no_answer(model, settings, hub):  # noqa: F811
    for odd in ({"X-Much": "x" * 70_000}, {f"X-{k}": "y" for k in range(120)}):
        hub.headers = odd
        with pytest.raises(MissingDataError, match="Check the connection"):
            fetch(settings)
    hub.headers = {}
    fetch(settings)


def test_a_disk_full_at_the_last_step_keeps_what_has_arrived(
    model,  # noqa: F811
    settings,  # noqa: F811
    hub,  # noqa: F811
    monkeypatch,
):
    real = Path.replace

    def full(path, target):
        if target == settings.home / "backbones" / "tiny-model":
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(path, target)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StorageError, match=r"[Ff]ull|space"):
        fetch(settings)
    assert here(settings) == []
    monkeypatch.setattr(Path, "replace", real)
    asked_before = len(hub.asked)
    fetch(settings)
    assert here(settings) == ["tiny-model"]
    assert len(hub.asked) == asked_before


def test_who_comes_second_has_the_model_of_the_first(model, settings, monkeypatch):  # noqa: F811
    lock = settings.home / "downloads" / "tiny-model.lock"
    elsewhere = fetch(replace(settings, home=settings.home / "other"))
    begun = threading.Event()
    taken = fetch_models.exclusive

    def late(path, patience):
        begun.set()
        return taken(path, patience)

    monkeypatch.setattr(fetch_models, "exclusive", late)
    lock.parent.mkdir(parents=True)
    result: list[object] = []

    def second():
        try:
            result.append(fetch(settings))
        except InputError as error:
            result.append(error)

    with exclusive(lock):
        thread = threading.Thread(target=second)
        thread.start()
        assert begun.wait(20)
        (settings.home / "backbones").mkdir()
        elsewhere.rename(settings.home / "backbones" / "tiny-model")
    thread.join()
    assert result == [settings.home / "backbones" / "tiny-model"]
