"""Each rule as a function: source files in, sentences about what breaks it out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from tests.architecture import rules
from tests.architecture.source import Function, SourceFile, product

Files = Iterable[SourceFile]


def wrong_imports(files: Files) -> list[str]:
    """Imports between parts that MAY_IMPORT does not allow, and parts it does not know."""
    found = []
    for file in files:
        if file.part not in rules.MAY_IMPORT:
            found.append(f"{file.path}: the part '{file.part}' has no row in MAY_IMPORT")
            continue
        allowed = rules.MAY_IMPORT[file.part] | {file.part}
        for line, name in file.imports():
            first, *rest = name.split(".")
            part = rest[0] if first == "ugrn_core" and rest else first
            if first in ("pages", "streamlit_app"):
                part = "pages"
            elif first != "ugrn_core":
                continue
            if name in ("ugrn_core", "ugrn_core.__version__"):
                continue  # the version is for everyone
            if part not in allowed:
                found.append(f"{file.path}:{line}: '{file.part}' must not import '{name}'")
    return found


def wrong_wings(files: Files) -> list[str]:
    """Imports between the wings of one part that WINGS does not allow, and wings it does not
    know."""
    found = []
    for file in files:
        if file.wing is None:
            continue
        if file.wing not in rules.WINGS:
            found.append(f"{file.path}: the wing '{file.wing}' has no row in WINGS")
            continue
        allowed = rules.WINGS[file.wing] | {file.wing}
        for line, name in file.imports():
            wing = "/".join(name.split(".")[1:3])
            inside = name.startswith(f"ugrn_core.{file.part}.")
            if inside and wing not in allowed:
                found.append(f"{file.path}:{line}: '{file.wing}' must not import '{name}'")
    return found


def import_circles(files: Files) -> list[str]:
    """Modules that import one another, directly or on a way round, for a type or in a function."""
    known = {file.module: file for file in files}
    graph = {
        module: {
            target
            for _, name in file.imports()
            for target in (name, name.rpartition(".")[0])
            if target in known and (target == name or name not in known)
        }
        for module, file in known.items()
    }
    while free := {m for m, targets in graph.items() if not targets & set(graph)}:
        graph = {m: targets for m, targets in graph.items() if m not in free}
    back = {m: {k for k, targets in graph.items() if m in targets} for m in graph}
    while free := {m for m, sources in back.items() if not sources & set(back)}:
        back = {m: sources for m, sources in back.items() if m not in free}
    return [f"{known[m].path}: in a circle of imports with {sorted(back)}" for m in sorted(back)]


def misplaced_libraries(files: Files) -> list[str]:
    """Imports of a library outside its places."""
    return [
        f"{file.path}:{line}: {name} belongs in {', '.join(places) or 'no file here'} only"
        for file in files
        for line, name in file.imports()
        for library, places in rules.ONLY_IN.items()
        if f"{name}.".startswith(f"{library}.") and not file.stem.startswith(places)
    ]


def long_files(files: Files) -> list[str]:
    """Files with more lines than their place allows."""
    found = []
    for file in files:
        most = next(n for prefix, n in rules.FILE_LINES.items() if file.path.startswith(prefix))
        count = len(file.text.splitlines())
        if count > most:
            found.append(f"{file.path}: {count} lines, at most {most}")
    return found


def large_folders(files: Files) -> list[str]:
    """Folders with more modules than one finds his way among; `__init__` is not counted."""
    counts = Counter(
        file.path.rpartition("/")[0] for file in files if not file.stem.endswith("__init__")
    )
    most = {
        folder: rules.REGISTRY_FILES if folder in rules.REGISTRY_FOLDERS else rules.FOLDER_FILES
        for folder in counts
    }
    return [
        f"{folder}: {count} modules, at most {most[folder]}"
        for folder, count in sorted(counts.items())
        if count > most[folder]
    ]


def _positional(function: Function) -> int:
    a = function.args
    names = [p.arg for p in (*a.posonlyargs, *a.args)]
    return len(names) - (names[:1] in (["self"], ["cls"]))


def large_functions(files: Files) -> list[str]:
    """Functions with too many lines or parameters by place."""
    found = []
    for file in files:
        for function in file.functions():
            where = f"{file.path}:{function.lineno}: {function.name}"
            command = file.stem.startswith(rules.ANY_PARAMETERS)
            first = function.body[0].lineno if command else function.lineno
            if file.stem.startswith(rules.MANUALS) and len(function.body) > 1:
                first = function.body[1].lineno
            lines = (function.end_lineno or first) - first + 1
            if lines > rules.FUNCTION_LINES:
                found.append(f"{where} has {lines} lines, at most {rules.FUNCTION_LINES}")
            count = _positional(function)
            if count > rules.POSITIONAL and not command:
                found.append(
                    f"{where} takes {count} parameters by place, at most {rules.POSITIONAL}"
                )
    return found


def fields_by_place(files: Files) -> list[str]:
    """Dataclasses made with more than a few fields by their place."""
    files = list(files)
    classes = {name for file in (*files, *product()) for name in file.dataclasses()}
    found = []
    for file in files:
        for line, name, count in file.calls():
            if name in classes and count > rules.FIELDS_BY_PLACE:
                found.append(f"{file.path}:{line}: {name} with {count} fields by their place")
    return found


def unformatted(files: Files) -> list[str]:
    """`# fmt: skip` and `# fmt: off` that give no reason behind it."""
    return [
        f"{file.path}:{number}: say why the formatter must not touch this"
        for file in files
        for number, line in enumerate(file.text.splitlines(), 1)
        if re.search(r"#\s*fmt:\s*(skip|off)\s*$", line)
    ]


def forbidden_names(files: Files) -> list[str]:
    """Modules and packages named after nothing in particular."""
    return [
        f"{file.path}: '{name}' says nothing about what is in it"
        for file in files
        for name in file.stem.split("/")
        if name.lower() in rules.FORBIDDEN_NAMES
    ]


def vague_names(files: Files) -> list[str]:
    """Variables and parameters called by a word that does not say what they hold."""
    return [
        f"{file.path}:{line}: '{name}' does not say what it holds: a mask, a request, a table?"
        for file in files
        for line, name in file.variables()
        if name in rules.VAGUE_NAMES
    ]


def global_state(files: Files) -> list[str]:
    """Global seeds anywhere; the environment or the settings read outside the entry points."""
    found = []
    for file in files:
        for line, name in file.imports():
            if name == rules.READ_SETTINGS and not file.stem.startswith(rules.SETTINGS_READ_IN):
                found.append(
                    f"{file.path}:{line}: only entry points read settings; take a Settings"
                )
        for line, name in file.dotted():
            if name in rules.GLOBAL_SEEDS:
                found.append(f"{file.path}:{line}: {name} is global; pass a generator")
            reads = name in ("os.environ", "os.getenv")
            if reads and not file.stem.startswith(rules.ENVIRONMENT_IN):
                found.append(f"{file.path}:{line}: {name}: only settings read the environment")
    return found
