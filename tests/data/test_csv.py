"""Small tables as text: what cannot be read is refused by line."""

from __future__ import annotations

import pytest

from ugrn_core.data.csv import csv_columns, csv_header
from ugrn_core.errors import TableError


@pytest.mark.parametrize("field", ["A" * 200_000, '"' + "A,B\n" * 50_000])
def test_a_field_longer_than_any_is_refused_by_its_line(tmp_path, field):
    path = tmp_path / "network.csv"
    path.write_text(f"Gene1,Gene2\nTF1,NA\nTF2,{field}\n")
    assert len(csv_header(path)) == 2
    with pytest.raises(TableError, match=r"Line \d+ of network.csv cannot be read as CSV"):
        csv_columns(path, (0, 1))
    path.write_text(f"{field},Gene2\n")
    with pytest.raises(TableError, match=r"Line \d+ of"):
        csv_header(path)
