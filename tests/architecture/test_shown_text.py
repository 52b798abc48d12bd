"""What a page says of names that anybody may have written goes through `markdown.literal`."""

from __future__ import annotations

import ast

from tests.architecture.source import product

MARKDOWN = {
    *("markdown", "caption", "info", "warning", "error", "success", "header", "subheader"),
    *("toast", "button", "link_button", "expander", "popover", "checkbox", "toggle"),
}
WRITTEN = {"title", "message", "problem", "sentence", "description"}  # attributes
NAMES = {"gene", "source", "target", "problem", "error"}  # of variables


def _bare(call: ast.Call) -> list[str]:
    """Return what of a call's first words comes from elsewhere and is not escaped."""
    found, waiting = [], [call.args[0]]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id == "str":
                waiting += node.args
            continue  # a function answers for what it returns
        of = node.value if isinstance(node, ast.Attribute) else node
        if isinstance(of, ast.Subscript) and ast.unparse(of.value).isupper():
            continue  # an entry of a table of ours
        attribute = isinstance(node, ast.Attribute) and node.attr in WRITTEN
        if attribute or (isinstance(node, ast.Name) and node.id in NAMES):
            found.append(ast.unparse(node))
            continue
        waiting += ast.iter_child_nodes(node)
    return found


def test_names_from_elsewhere_are_escaped_where_markdown_is_drawn():
    bare = [
        f"{file.path}:{call.lineno}: {', '.join(names)}"
        for file in product()
        if file.path.startswith(("pages/", "ugrn_core/dashboard/"))
        for call in ast.walk(file.tree)
        if isinstance(call, ast.Call) and call.args
        if isinstance(call.func, ast.Attribute) and call.func.attr in MARKDOWN
        if (names := _bare(call))
    ]
    assert not bare, "\n".join(bare)
