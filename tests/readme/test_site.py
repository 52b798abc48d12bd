"""What the site of the documentation is made of: its links, before mkdocs sees them (.ci/run)."""

from __future__ import annotations

import importlib.util
import re

import pytest

from tests.architecture.source import ROOT


@pytest.fixture(scope="module")
def site():
    spec = importlib.util.spec_from_file_location("docs_site", ROOT / "scripts" / "docs_site.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def pages(site, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    site.pages(folder)
    return folder


def test_every_link_leads_into_the_site_or_is_a_name(pages):
    for page in pages.glob("*.md"):
        for target in re.findall(r"\]\(([^)\s#]+)", page.read_text(encoding="utf-8")):
            assert "://" in target or (pages / target).exists(), (page.name, target)


def test_the_readme_is_the_first_page(pages):
    first = (pages / "index.md").read_text(encoding="utf-8")
    assert first.startswith("# UGRN")
    assert "](own-data.md)" in first
    assert "MIT licence (`LICENSE`)" in first


def test_every_document_is_in_the_list(site, pages):
    nav = site.settings(pages, pages)["nav"]
    assert sorted(nav) == sorted(path.name for path in pages.glob("*.md"))
