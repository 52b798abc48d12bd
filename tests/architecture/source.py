"""The source tree, parsed: what each file imports and how large it is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class SourceFile:
    """One Python file of the product or its tests; `path` is relative to `root`, with slashes."""

    path: str
    root: Path = ROOT

    @cached_property
    def text(self) -> str:
        return (self.root / self.path).read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @property
    def stem(self) -> str:
        """The path without .py."""
        return self.path.removesuffix(".py")

    @property
    def part(self) -> str:
        """The row of MAY_IMPORT this file belongs to; the folder's name outside ugrn_core."""
        first, *rest = self.stem.split("/")
        if first == "streamlit_app":
            return "pages"
        return rest[0] if first == "ugrn_core" else first

    @property
    def wing(self) -> str | None:
        """The row of WINGS: folder or module right below a part that has wings; None elsewhere."""
        first, *rest = self.stem.split("/")
        if first != "ugrn_core" or rest[0] not in ("experiment", "dashboard"):
            return None
        return None if rest[1] == "__init__" else "/".join(rest[:2])

    @property
    def module(self) -> str:
        """The dotted name."""
        return self.stem.replace("/", ".").removesuffix(".__init__")

    def imports(self) -> Iterator[tuple[int, str]]:
        """Yield (line, dotted name) of every import in the file, relative ones resolved."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield node.lineno, alias.name
            elif isinstance(node, ast.ImportFrom):
                base = self._base(node)
                for alias in node.names:
                    yield node.lineno, f"{base}.{alias.name}"

    def _base(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        package = self.stem.replace("/", ".").split(".")[: -node.level]
        return ".".join([*package, *([node.module] if node.module else [])])

    def functions(self) -> Iterator[Function]:
        """Yield every function and method."""
        for node in ast.walk(self.tree):
            if isinstance(node, Function):
                yield node

    def variables(self) -> Iterator[tuple[int, str]]:
        """Yield (line, name) of every parameter and of every assignment to a bare name."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.arg):
                yield node.lineno, node.arg
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.lineno, node.id

    def dataclasses(self) -> Iterator[str]:
        """Yield the names of the classes decorated as dataclasses."""
        for node in ast.walk(self.tree):
            decorators = node.decorator_list if isinstance(node, ast.ClassDef) else []
            if any("dataclass" in ast.unparse(d) for d in decorators):
                yield node.name

    def calls(self) -> Iterator[tuple[int, str, int]]:
        """Yield (line, name called, arguments given by place) of every call; `*` counts none."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                given = [a for a in node.args if not isinstance(a, ast.Starred)]
                yield node.lineno, name, len(given)

    def dotted(self) -> Iterator[tuple[int, str]]:
        """Yield (line, name) of every attribute chain such as np.random.seed."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Attribute):
                names, inner = [node.attr], node.value
                while isinstance(inner, ast.Attribute):
                    names.append(inner.attr)
                    inner = inner.value
                if isinstance(inner, ast.Name):
                    yield node.lineno, ".".join([inner.id, *reversed(names)])


@cache
def product() -> tuple[SourceFile, ...]:
    """Return the files of the product: the router, the pages, ugrn_core."""
    paths = [
        ROOT / "streamlit_app.py",
        *ROOT.glob("pages/**/*.py"),
        *ROOT.glob("ugrn_core/**/*.py"),
    ]
    return tuple(SourceFile(p.relative_to(ROOT).as_posix()) for p in sorted(paths) if p.is_file())


@cache
def suite() -> tuple[SourceFile, ...]:
    """Return the test files."""
    return tuple(
        SourceFile(p.relative_to(ROOT).as_posix()) for p in sorted(ROOT.glob("tests/**/*.py"))
    )
