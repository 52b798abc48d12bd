"""Adding a probe, a backbone or a format is one file and one line in its part's table."""

from __future__ import annotations

import ast
from importlib import import_module

import pytest

from tests.architecture.rules import REGISTRIES
from tests.architecture.source import ROOT, SourceFile, product


def entries(part: str) -> list[tuple[str, str]]:
    """Return the (name, target) lines of a part's registry as written, repeats included."""
    file = SourceFile(f"ugrn_core/{part}/__init__.py")
    tables = [n for n in ast.walk(file.tree) if isinstance(n, ast.Dict)]
    assert len(tables) == 1, f"{file.path}: one table expected"
    return [
        (ast.literal_eval(key), ast.literal_eval(value))
        for key, value in zip(tables[0].keys, tables[0].values)
    ]


def dotted(part: str) -> str:
    return part.replace("/", ".")


@pytest.mark.parametrize("part", REGISTRIES)
def test_each_name_and_each_implementation_is_registered_once(part):
    lines = entries(part)
    assert lines
    for column in zip(*lines):
        twice = sorted({item for item in column if column.count(item) > 1})
        assert not twice, f"ugrn_core/{part}/__init__.py registers {twice} more than once"


@pytest.mark.parametrize("part", REGISTRIES)
def test_every_entry_resolves_within_its_own_part(part):
    table = getattr(import_module(f"ugrn_core.{dotted(part)}"), REGISTRIES[part])
    assert list(table) == [name for name, _ in entries(part)]
    for name, target in entries(part):
        assert target.startswith(f"ugrn_core.{dotted(part)}."), f"{name}: {target}"
        assert table[name] is not None


@pytest.mark.parametrize("part", REGISTRIES)
def test_no_other_file_names_an_implementation(part):
    targets = [target for _, target in entries(part)]
    home = f"ugrn_core/{part}/__init__.py"
    found = [
        f"{file.path}: {target}"
        for file in product()
        for target in targets
        if file.path != home and target in file.text
    ]
    assert not found, "\n".join(found)


def test_every_probe_is_registered_under_its_own_name():
    written = {}
    for path in sorted((ROOT / "ugrn_core" / "probes").glob("*.py")):
        file = SourceFile(path.relative_to(ROOT).as_posix())
        for node in ast.walk(file.tree):
            if not isinstance(node, ast.ClassDef):
                continue
            for line in node.body:
                named = isinstance(line, ast.AnnAssign) and ast.unparse(line.target) == "name"
                if named and line.value is not None:
                    written[ast.literal_eval(line.value)] = f"{file.module}:{node.name}"
    assert written == dict(entries("probes"))
