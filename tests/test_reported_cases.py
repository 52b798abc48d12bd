"""Inputs that failed for somebody, each with its command: none ends in a traceback, none is wrong
without a word.

They lie beside the shared data, one folder each: `cmd`, its input, and `expected` for people. What
can be checked by a program stands here.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

CASES = Path(os.environ.get("UGRN_SHARED_DATA", ROOT.parent / "shared" / "data")).parent / "cases"
FOLDERS = sorted(p.name for p in CASES.iterdir()) if CASES.is_dir() else ["absent"]
EXPECTED = {  # folder: exit code, what its output holds
    "02": (0, r"^6\.04"),
    "03": (1, r"TableError: Line 3 of .* has 7 fields, its header 6"),
    "04": (0, r"^300 \[\('a', 300\), \('b', 300\)\]"),
    "05": (2, r"LoRA.*merge"),
    "07": (0, r"^7 .*case ignored"),
    "08": (0, r"^7$"),
    "09": (0, r"Wrote 6 edges"),
    "11": (0, r"1-Mar: a date: MARCH1 or MARC1.*nan: a missing value"),
    "12": (0, r"Wrote 12 edges"),
    "13": (2, r"UGRN_HOME gives '\./file'.* is not a folder"),
    "14": (0, r"^$"),
    # Its text says 2, of when ids were unknown: symbols in results are the official ones now, what
    # was given stands in a column (issue 17, A7), and nobody's list of ids is refused.
    "15": (0, r"ENSG00000102145 is the Ensembl id of GATA1"),
    "17": (0, r"Wrote \d+ edges"),
    "50": (0, r"Wrote 2 edges"),
    "51": (0, r"^298$"),
    "52": (1, r"TableError: .*CSC.*CSR"),
    "53": (0, r"Wrote .*probe\.npz"),
    "54": (0, r"pseudotime.*11\."),
    "55": (0, r"Wrote \d+ edges"),
}


@pytest.mark.parametrize("name", FOLDERS)
def test_a_reported_case_is_answered_in_words(name, tmp_path):
    if name == "absent":
        pytest.skip("no reported cases beside the shared data: set UGRN_SHARED_DATA")
    folder = shutil.copytree(CASES / name, tmp_path / "case", copy_function=shutil.copyfile)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    command = (folder / "cmd").read_text().replace("python ", f"{sys.executable} ")
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "UGRN_HOME": str(tmp_path / "home"),
        "UGRN_WORKERS": "1",
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    said = " ".join(f"{done.stdout} {done.stderr}".split())
    code, words = EXPECTED.get(name[:2], (done.returncode, ""))
    assert done.returncode == code, said[-2000:]
    assert re.search(words, said), said[-2000:]
    if "-m ugrn_core" in command:
        assert "Traceback" not in said
