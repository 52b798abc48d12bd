"""Private parts of other libraries: each is listed in docs/private-apis.md, and still there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import streamlit
import torch

from tests.architecture.source import ROOT, product

LISTED = (ROOT / "docs" / "private-apis.md").read_text(encoding="utf-8")
PUBLIC = {"os._exit"}  # documented in spite of its name


def used_in(tree: ast.AST) -> set[str]:
    """Return the names with a private part that code reads off other objects or imports."""
    own = {"self", "cls"}
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and re.match("_[a-zA-Z]", node.attr):
            name = ast.unparse(node)
            if name.split(".")[0] not in own and "super()" not in name:
                names.add(name)
        elif isinstance(node, ast.ImportFrom) and node.module and "ugrn" not in node.module:
            private = [p for p in node.module.split(".") if re.match("_[a-zA-Z]", p)]
            names |= {node.module} if private and node.module != "__future__" else set()
    return names - PUBLIC


def test_a_private_use_is_seen():
    code = "import torch\nx = torch._C\ny = torch.nn._reduction\nself._mine = os._exit"
    assert used_in(ast.parse(code)) == {"torch._C", "torch.nn._reduction"}
    assert used_in(ast.parse("from numpy._core import multiarray")) == {"numpy._core"}


def test_every_private_name_in_the_product_is_listed():
    missing = [
        f"{file.path}: {name}"
        for file in product()
        for name in used_in(file.tree)
        if f"`{name}`" not in LISTED
    ]
    assert not missing, "\n".join(missing)


def test_every_place_that_is_listed_is_there():
    places = set(re.findall(r"`((?:ugrn_core|assets|tests)/[^`]+)`", LISTED))
    assert places
    assert [p for p in sorted(places) if not (ROOT / p).is_file()] == []


def test_the_operators_of_pytorch_are_there():
    for name in re.findall(r"`torch\.ops\.aten\.(\w+)`", LISTED):
        assert getattr(torch.ops.aten, name)
    p, dp = torch.softmax(torch.randn(3, 5), -1), torch.randn(3, 5)
    expected = p * (dp - (p * dp).sum(-1, keepdim=True))
    torch.testing.assert_close(torch._softmax_backward_data(dp, p, -1, p.dtype), expected)
    torch._softmax_backward_data(dp, p, -1, p.dtype, grad_input=dp)
    torch.testing.assert_close(dp, expected)
    if torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_linear_pointwise"):
        x, w = torch.randn(4, 8), torch.randn(6, 8)
        product_of = torch.ops.mkldnn._linear_pointwise(x, w, None, "none", [], "")
        torch.testing.assert_close(product_of, x @ w.T)


def test_streamlit_still_names_its_elements_so():
    css = (ROOT / "assets" / "ugrn.css").read_text(encoding="utf-8")
    wanted = set(re.findall(r'data-testid="(\w+)"', css))
    scripts = Path(streamlit.__file__).parent.glob("static/static/js/*.js")
    text = "".join(p.read_text(encoding="utf-8") for p in scripts)
    assert wanted
    assert [name for name in sorted(wanted) if name not in text] == []
