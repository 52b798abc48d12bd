"""Files are written by `files.py`, whole or not at all; who writes otherwise says why here."""

from __future__ import annotations

import ast
import re

from tests.architecture.source import product

WHY = {
    "ugrn_core/files.py": "the one writer",
    "ugrn_core/data/archives.py": "unpacks into a staging folder, renamed when it is whole",
    "ugrn_core/data/download.py": "appends to the part of a file, which is checked and renamed",
    "ugrn_core/data/own/store.py": "renames whole folders",
    "ugrn_core/removed.py": "moves whole files and folders away and back",
    "ugrn_core/experiment/shelf/visitors.py": "renames whole folders",
    "ugrn_core/jobs/process.py": "writes to /proc, where nothing is replaced",
    "ugrn_core/jobs/state.py": "writes in place on a full disk, in bytes set aside for that",
    "ugrn_core/pretraining/corpus/h5ad_sets.py": "spools to a folder of its own, made anew",
    "ugrn_core/pretraining/run_folder.py": "appends lines to a log",
}
WRITING = re.compile(r"[wax+]")
REPLACING = {"os.replace", "os.rename", "shutil.move"}


def _writes(call: ast.Call) -> bool:
    name = ast.unparse(call.func)
    if name in REPLACING or name.endswith((".write_text", ".write_bytes")):
        return True
    if name != "open" and not name.endswith(".open"):
        return False
    words = [a for a in (*call.args, *(k.value for k in call.keywords if k.arg == "mode"))]
    modes = [w.value for w in words if isinstance(w, ast.Constant) and isinstance(w.value, str)]
    modes += [
        w.value
        for choice in words
        if isinstance(choice, ast.IfExp)
        for w in (choice.body, choice.orelse)
        if isinstance(w, ast.Constant)
    ]
    return any(len(mode) < 4 and WRITING.search(mode) for mode in modes)


def test_nobody_else_writes_files():
    found = {
        file.path
        for file in product()
        if file.path.startswith(("ugrn_core/", "pages/"))
        for call in ast.walk(file.tree)
        if isinstance(call, ast.Call) and _writes(call)
    }
    assert sorted(found - set(WHY)) == []
    assert sorted(set(WHY) - found) == []  # what writes no more leaves the table
