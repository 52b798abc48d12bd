"""Visitors kept apart: their mark, their homes, what they may use; what every answer carries."""

from __future__ import annotations

import asyncio
import base64
import stat
from dataclasses import replace

import pytest

from ugrn_core.commands import app
from ugrn_core.commands.job import _of_owner
from ugrn_core.dashboard.shell import browser_mark
from ugrn_core.dashboard.shell.guard import HEADERS, Guard, Secret
from ugrn_core.errors import OptionError
from ugrn_core.experiment.runs import limits
from ugrn_core.jobs.state import JobState, write_state
from ugrn_core.settings import Limits, Settings, is_beyond, read_settings, require_serve

NAME = "0123456789abcdef" * 2


@pytest.fixture
def served(tmp_path) -> Settings:
    environ = {"UGRN_HOME": str(tmp_path / "home"), "UGRN_SERVE": "private"}
    return read_settings(environ | {"UGRN_SERVE_GENES": "10", "UGRN_SERVE_MB": "1"})


def test_each_visitor_has_a_home_and_reads_what_all_have(served):
    (served.home / "backbones" / "mine").mkdir(parents=True)
    (served.home / "runs" / "secret").mkdir(parents=True)
    one, two = browser_mark.of(served, NAME), browser_mark.of(served, NAME[::-1])
    assert one.home != two.home
    assert (one.home / "backbones" / "mine").is_dir()
    assert not one.runs.exists()
    assert one.line == two.line == served.home  # one line of jobs for all
    assert stat.S_IMODE(one.home.stat().st_mode) == 0o700
    assert browser_mark.of(served, NAME) == one
    assert one.disk == served.limits.bytes // 2  # cleared away before he is refused
    job = one.jobs / "0123456789abcdef"
    assert _of_owner(served, job).home == one.home
    assert _of_owner(served, job).line == served.home
    assert _of_owner(served, served.jobs / "0123456789abcdef") == served


def test_limits_name_what_there_is_too_much_of(served):
    own = browser_mark.of(served, NAME)
    (own.home / "fetched").mkdir()
    (own.home / "fetched" / "model").write_bytes(b"0" * 2_000_000)  # no result: not counted
    limits.check(own, 10)
    with pytest.raises(OptionError, match="at most 10 genes; this one has 11"):
        limits.check(own, 11)
    limits.check(replace(own, limits=None), 11)
    (own.home / "panels").mkdir()
    (own.home / "panels" / "big.txt").write_bytes(b"0" * 1_000_000)
    with pytest.raises(OptionError, match="may take 1 MB"):
        limits.check(own, 2)
    with pytest.raises(OptionError, match="Delete runs or data sets"):
        limits.check_disk(own)
    limits.check(browser_mark.of(served, NAME[::-1]), 2)  # another's disk is another's
    roomy = replace(own, limits=Limits(jobs=1))
    folder = own.jobs / "0123456789abcdef"
    folder.mkdir(parents=True)
    limits.check(roomy, 2)
    write_state(folder / "state.json", JobState(queued=0.0, updated=0.0, host="elsewhere"))
    with pytest.raises(OptionError, match="At most 1 jobs"):
        limits.check(roomy, 2)


@pytest.mark.parametrize(
    ("address", "beyond"),
    [
        ("localhost", False),
        ("127.0.0.1", False),
        ("127.1.2.3", False),
        ("::1", False),
        ("", True),
        ("0.0.0.0", True),
        ("::", True),
        ("192.168.1.5", True),
        ("dashboard.example.org", True),
    ],
)
def test_nothing_is_served_beyond_this_machine_by_default(address, beyond):
    assert is_beyond(address) is beyond
    alone = read_settings({})
    if beyond:
        with pytest.raises(OptionError, match="UGRN_SERVE=private"):
            require_serve(alone, address)
    else:
        require_serve(alone, address)
    for how in ("private", "shared"):
        require_serve(read_settings({"UGRN_SERVE": how}), address)


def test_a_way_of_serving_is_one_of_two():
    with pytest.raises(OptionError, match="private or shared; 'public' came"):
        read_settings({"UGRN_SERVE": "public"})
    assert read_settings({}).limits is None


def test_the_command_hears_of_the_address_wherever_it_is_said(monkeypatch):
    assert app._address(["--server.port", "80"]) == "localhost"
    assert app._address(["--server.address", "0.0.0.0"]) == "0.0.0.0"
    assert app._address(["--server.address=::", "--server.port", "80"]) == "::"
    monkeypatch.setenv("STREAMLIT_SERVER_ADDRESS", "0.0.0.0")
    assert app._address([]) == "0.0.0.0"


def test_a_server_without_the_secrets_it_was_given_does_not_start(tmp_path, monkeypatch):
    (tmp_path / "secrets.toml").write_text("[auth]")
    monkeypatch.chdir(tmp_path)
    whole = str(tmp_path / "secrets.toml")
    words = ["--server.port", "80", "--secrets.files", "secrets.toml"]
    assert app._with_secrets(words) == [*words[:3], whole]  # Streamlit reads it from elsewhere
    assert app._with_secrets(["--secrets.files=secrets.toml"]) == [f"--secrets.files={whole}"]
    assert app._with_secrets(words[:2]) == words[:2]
    for wrong in (["--secrets.files", "secret.toml"], [f"--secrets.files={tmp_path}"]):
        with pytest.raises(OptionError, match="no such file"):
            app._with_secrets(wrong)


def answered(path: str):
    async def inner(scope, receive, send) -> None:
        headers = [(b"content-type", b"text/html"), (b"X-Frame-Options", b"ALLOWALL")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"page"})

    sent = []

    async def send(message) -> None:
        sent.append(message)

    asyncio.run(Guard(inner)({"type": "http", "path": path, "headers": []}, None, send))
    return sent[0]["status"], sent[0]["headers"]


SECRET = "a secret of seventeen"


def through(scope: dict, secret: str = SECRET) -> list[dict]:
    """What is sent for a request that must know the secret; its app answers 200 to all."""
    sent = []

    async def app(scope, receive, send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message) -> None:
        sent.append(message)

    whole = {"type": "http", "path": "/", "headers": []} | scope
    asyncio.run(Secret(app, secret)(whole, None, send))
    return sent


def basic(password: str, how: str = "Basic") -> dict:
    words = base64.b64encode(f"ann:{password}".encode()).decode()
    return {"headers": [(b"authorization", f"{how} {words}".encode())]}


def test_who_knows_the_secret_comes_in_and_is_known_again():
    (start,) = through(basic(SECRET))
    assert start["status"] == 200
    told = dict(start["headers"])[b"set-cookie"].decode()
    assert "HttpOnly; SameSite=Lax" in told
    assert SECRET not in told
    cookie = {"headers": [(b"cookie", told.partition(";")[0].encode())]}
    assert through(cookie)[0]["status"] == 200
    assert through({"type": "websocket", **cookie})[0].get("status") == 200
    assert through(cookie, "another secret of more")[0]["status"] == 401
    assert through({}, "")[0]["status"] == 200  # none is set


@pytest.mark.parametrize(
    "scope",
    [
        {},
        basic("a secret of seventeem"),
        basic(""),
        basic(SECRET, "Bearer"),
        {"headers": [(b"authorization", b"Basic ???")]},
        {"headers": [(b"authorization", b"Basic")]},
        {"headers": [(b"cookie", b"ugrn_pass=")]},
        {"headers": [(b"cookie", b"ugrn_pass=" + b"0" * 64)]},
        {"headers": [(b"cookie", b"=;;=\xff;")]},
        {"path": "/_stcore/health/../../media/x"},
    ],
)
def test_who_does_not_know_it_is_answered_with_nothing(scope):
    start, body = through(scope)
    assert start["status"] == 401
    assert b"www-authenticate" in dict(start["headers"])
    assert b"secret" in body["body"]
    (closed,) = through({**scope, "type": "websocket"})
    assert closed == {"type": "websocket.close", "code": 1008}


def test_a_secret_is_long_and_shown_nowhere():
    assert SECRET not in repr(read_settings({"UGRN_SECRET": SECRET}))
    with pytest.raises(OptionError, match="12 characters or more; 5 came") as told:
        read_settings({"UGRN_SECRET": "hello"})
    assert "hello" not in str(told.value)
    assert through({"path": "/ugrn/_stcore/health"})[0]["status"] == 200


def test_every_answer_carries_the_security_headers_once():
    status, headers = answered("/regulators")
    assert status == 200
    names = [name.lower() for name, _ in headers]
    assert all(names.count(name) == 1 for name, _ in HEADERS)
    assert dict(headers)[b"x-frame-options"] == b"SAMEORIGIN"


def test_metrics_are_closed():
    assert answered("/_stcore/metrics")[0] == answered("/ugrn/_stcore/metrics/")[0] == 404
    assert answered("/_stcore/health")[0] == 200


def test_a_mark_that_came_by_https_goes_by_https_alone():
    scope = {"type": "http", "method": "GET", "scheme": "http", "headers": []}
    assert b"Secure" not in browser_mark._cookie(scope)
    handed_on = scope | {"headers": [(b"x-forwarded-proto", b"https")]}
    assert b"; Secure" in browser_mark._cookie(handed_on)
    assert b"; Secure" in browser_mark._cookie(scope | {"scheme": "https"})
