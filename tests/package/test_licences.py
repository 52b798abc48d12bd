"""Nothing ships without a word on its licence."""

from __future__ import annotations

import re
import zipfile
from fnmatch import fnmatch

from tests.architecture.source import ROOT

LICENCES = {
    *("MIT", "CC BY 4.0", "CC0 (HGNC), CC BY 4.0 (MGI)", "CC0 (Reactome), CC BY 4.0 (MSigDB)"),
    "facts; no licence stated by the source",
}


def rows() -> list[tuple[str, str]]:
    """(pattern, licence) of each row of the table."""
    text = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    found = re.findall(r"^\| `([^`]+)` \| [^|]+ \| ([^|]+) \| [^|]+ \|$", text, re.MULTILINE)
    return [(pattern, licence.strip()) for pattern, licence in found]


def row_of(name: str) -> str | None:
    """The pattern of the last row that fits a file."""
    return next((p for p, _ in reversed(rows()) if fnmatch(name, p)), None)


def test_every_file_of_the_wheel_has_a_row_and_every_row_a_file(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = [n for n in archive.namelist() if ".dist-info/" not in n]
    rowed = {name: row_of(name) for name in names}
    assert [name for name, row in rowed.items() if row is None] == []
    unused = {pattern for pattern, _ in rows()} - set(rowed.values())
    assert unused == set()
    assert {licence for _, licence in rows()} <= LICENCES


def test_a_file_from_elsewhere_is_seen():
    assert row_of("ugrn_core/data/tables/other.csv") is None
    assert row_of("ugrn_core/dashboard/fonts/x.woff2") is None
    assert row_of("ugrn_core/dashboard/network/browser/cytoscape-9.js").endswith("cytoscape-*")
