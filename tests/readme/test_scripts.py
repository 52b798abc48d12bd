"""The two commands, on a stand-in environment that writes down what it is asked to do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = [
    f"scripts/{name}" for name in ("app", "check", "check-pythons", "gpu_check", "lock", "sbom")
]
PYTHON = """#!/bin/sh
printf '%s\\n' "$*" >>"{log}"
case "$*" in
    *"pip install"*) printf '  Downloading thing.whl (12.5 MB)\\n'; exit "${{FAKE_PIP:-0}}" ;;
esac
"""


@pytest.fixture
def checkout(tmp_path) -> Path:
    """A copy of the scripts and requirements, in a folder with a space in its name."""
    folder = tmp_path / "a checkout"
    shutil.copytree(ROOT / "scripts", folder / "scripts")
    for path in (*ROOT.glob("requirements*.txt"), ROOT / "constraints.txt"):
        shutil.copy(path, folder)
    bin_ = folder / ".venv" / "bin"
    bin_.mkdir(parents=True)
    for name in ("python", "ruff"):
        (bin_ / name).write_text(PYTHON.format(log=folder / "log"))
        (bin_ / name).chmod(0o755)
    return folder


def run(checkout: Path, *command: str, **variables: str) -> tuple[int, str, list[str]]:
    """Run a script from elsewhere; return its status, its messages, and what was asked."""
    (checkout / "log").unlink(missing_ok=True)
    dropped = ("UGRN_VENV", "UGRN_PYTHON")
    environment = {k: v for k, v in os.environ.items() if k not in dropped} | variables
    script, *arguments = command
    done = subprocess.run(
        [checkout / "scripts" / script, *arguments],
        cwd=checkout.parent,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    log = checkout / "log"
    return done.returncode, done.stderr, log.read_text().splitlines() if log.exists() else []


def installs(asked: list[str]) -> list[str]:
    return [line for line in asked if "pip install" in line]


def test_app_installs_once_and_passes_arguments_on(checkout):
    status, said, asked = run(checkout, "app", "--server.port", "8600")
    assert status == 0
    assert len(installs(asked)) == 1
    assert "thing.whl (12.5 MB)" in said
    assert asked[-1] == "-m ugrn_core app --server.port 8600"
    assert installs(run(checkout, "app")[2]) == []


def test_a_viewer_is_installed_without_what_computes(checkout):
    asked = run(checkout, "app", UGRN_VIEWER="1")[2]
    assert "-r requirements-viewer.txt" in installs(asked)[0]
    assert installs(run(checkout, "app", UGRN_VIEWER="1")[2]) == []
    assert "-r requirements.txt" in installs(run(checkout, "app")[2])[0]
    assert "torch" not in (checkout / "requirements-viewer.txt").read_text().lower().split()


def test_app_leaves_the_callers_directory_to_the_command(checkout):
    python = checkout / ".venv" / "bin" / "python"
    python.write_text(
        python.read_text() + f'printf "%s in %s\\n" "$PYTHONPATH" "$PWD" >>"{checkout}/log"\n'
    )
    assert run(checkout, "app")[2][-1] == f"{checkout} in {checkout.parent}"


def test_app_installs_again_when_a_version_changes(checkout):
    run(checkout, "app")
    with (checkout / "constraints.txt").open("a") as file:
        file.write("new-thing==1.0\n")
    assert len(installs(run(checkout, "app")[2])) == 1


def test_a_failed_installation_is_said_and_tried_again(checkout):
    status, said, asked = run(checkout, "app", FAKE_PIP="1")
    assert status == 1
    assert "failed" in said
    assert "install.log" in said
    assert not any("streamlit" in line for line in asked)
    assert len(installs(run(checkout, "app")[2])) == 1


def test_check_lints_formats_and_tests(checkout):
    status, _, asked = run(checkout, "check", UGRN_CHROMIUM=sys.executable)
    assert status == 0
    files = "-n 2 --dist loadfile --no-loadscope-reorder --ignore tests/browser"
    tested = [f"-m pytest {files}", "-m pytest tests/browser"]
    assert asked[-4:] == ["check .", "format --check .", *tested]
    assert "-r requirements-dev.txt" in installs(asked)[0]


def test_arguments_of_check_are_those_of_pytest(checkout):
    status, _, asked = run(checkout, "check", "-k", "x", UGRN_CHROMIUM=sys.executable)
    assert status == 0
    assert asked[-1] == "-m pytest -k x"


@pytest.mark.parametrize("script", ["app", "check"])
def test_a_python_that_is_none_is_refused(script, checkout):
    shutil.rmtree(checkout / ".venv")
    status, said, _ = run(checkout, script, UGRN_PYTHON="/nowhere/python")
    assert status == 1
    assert "not a Python 3.11, 3.12 or 3.13" in said
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize(
    ("version", "fits"), [("3.10", False), ("3.11", True), ("3.13", True), ("3.14", False)]
)
def test_pythons_are_told_by_their_version(version, fits, tmp_path):
    major, minor = version.split(".")
    fake = tmp_path / "python"
    code = f"import sys; sys.version_info = ({major}, {minor}, 0); exec(sys.argv[2])"
    fake.write_text(f"#!/bin/sh\nexec '{sys.executable}' -c '{code}' \"$@\"\n")
    fake.chmod(0o755)
    line = f". '{ROOT}/scripts/environment.sh'; is_python '{fake}'"
    done = subprocess.run(["sh", "-c", f"root='{ROOT}'; {line}"], check=False, timeout=60)
    assert (done.returncode == 0) is fits


def test_sbom_says_what_it_needs(checkout):
    status, said, _ = run(checkout, "sbom", "sbom.json")
    assert status == 1
    assert "Run ./scripts/check first" in said


def test_gpu_check_hands_its_arguments_on(checkout):
    status, _, asked = run(checkout, "gpu_check", "--device", "cuda:1")
    assert status == 0
    assert asked[-1] == "-m ugrn_core bench device --device cuda:1"


def test_check_refuses_a_browser_that_is_none(checkout):
    status, said, asked = run(checkout, "check", UGRN_CHROMIUM="/nowhere/chromium")
    assert status == 1
    assert "UGRN_CHROMIUM" in said
    assert not any("pytest" in line for line in asked)


@pytest.mark.parametrize("path", [".ci/run", *SCRIPTS])
def test_scripts_can_be_run_and_parse(path):
    assert os.access(ROOT / path, os.X_OK)
    shell = "bash" if path == ".ci/run" else "sh"
    subprocess.run([shell, "-n", ROOT / path], check=True, timeout=600)
