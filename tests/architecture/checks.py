"""Each rule as a function: source files in, sentences about what breaks it out."""

from __future__ import annotations

from collections.abc import Iterable

from tests.architecture import rules
from tests.architecture.source import Function, SourceFile

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


def _parameters(function: Function) -> int:
    a = function.args
    names = [p.arg for p in (*a.posonlyargs, *a.args, *a.kwonlyargs)]
    return len(names) - (names[:1] in (["self"], ["cls"]))


def large_functions(files: Files) -> list[str]:
    """Functions with too many lines or parameters."""
    found = []
    for file in files:
        for function in file.functions():
            where = f"{file.path}:{function.lineno}: {function.name}"
            lines = (function.end_lineno or function.lineno) - function.lineno + 1
            if lines > rules.FUNCTION_LINES:
                found.append(f"{where} has {lines} lines, at most {rules.FUNCTION_LINES}")
            count = _parameters(function)
            if count > rules.PARAMETERS and not file.stem.startswith(rules.ANY_PARAMETERS):
                found.append(f"{where} takes {count} parameters, at most {rules.PARAMETERS}")
    return found


def forbidden_names(files: Files) -> list[str]:
    """Modules and packages named after nothing in particular."""
    return [
        f"{file.path}: '{name}' says nothing about what is in it"
        for file in files
        for name in file.stem.split("/")
        if name.lower() in rules.FORBIDDEN_NAMES
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
