"""Write docs/api.md from the docstrings of ugrn_core/api.

PYTHONPATH=. python scripts/api_reference.py
"""

from __future__ import annotations

import inspect
from pathlib import Path

import ugrn_core as ugrn
from ugrn_core import api

PAGE = Path(__file__).resolve().parents[1] / "docs" / "api.md"
TOP = """# UGRN from Python

<!-- Written by scripts/api_reference.py from the docstrings of ugrn_core/api: change those. -->

"""


def page() -> str:
    """Return the page: what the module says, then each function with its signature."""
    names = list(api.DOORS)
    parts = [f"- [`{name}`](#{name}): {_first_sentence(name)}" for name in names]
    head = _blocks(inspect.getdoc(api) or "")
    return TOP + "\n\n".join([head, "\n".join(parts), *map(_section, names)]) + "\n"


def _first_sentence(name: str) -> str:
    return " ".join((inspect.getdoc(getattr(ugrn, name)) or "").split("\n\n")[0].split())


def _section(name: str) -> str:
    function = getattr(ugrn, name)
    lines = [f"    {p}," for p in _parameters(inspect.signature(function))]
    returns = inspect.signature(function).return_annotation
    signature = "\n".join([f"ugrn.{name}(", *lines, f") -> {returns}"])
    return f"## {name}\n\n```python\n{signature}\n```\n\n{_blocks(inspect.getdoc(function) or '')}"


def _parameters(signature: inspect.Signature) -> list[str]:
    shown, star = [], False
    for p in signature.parameters.values():
        if p.kind is p.KEYWORD_ONLY and not star:
            shown.append("*")
            star = True
        stars = {p.VAR_KEYWORD: "**", p.VAR_POSITIONAL: "*"}.get(p.kind, "")
        default = "" if p.default is p.empty else f" = {p.default!r}"
        shown.append(f"{stars}{p.name}: {p.annotation}{default}")
    return shown


def _blocks(text: str) -> str:
    """Return a docstring as Markdown: each paragraph on one line, indented ones as code."""
    parts = []
    for block in text.split("\n\n"):
        lines = block.split("\n")
        if all(line.startswith("    ") for line in lines):
            code = "\n".join(line[4:] for line in lines)
            joined = parts and parts[-1].startswith("```")
            if joined:
                parts[-1] = parts[-1].removesuffix("\n```") + f"\n\n{code}\n```"
            else:
                parts.append(f"```python\n{code}\n```")
        else:
            parts.append(" ".join(line.strip() for line in lines))
    return "\n\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
