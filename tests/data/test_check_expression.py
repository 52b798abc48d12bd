"""Values of cells that packages ship and BEELINE's: checked before anything uses them."""

from __future__ import annotations

import numpy as np
import pytest

from ugrn_core.data.cells.expression import check_expression
from ugrn_core.errors import TableError

GENES, CELLS = ["A", "B"], ["c1", "c2"]


@pytest.mark.parametrize(
    ("genes", "values", "message"),
    [
        (["A"], [[1, 2]], "at least two genes"),
        (["A", "A"], [[1, 2], [1, 2]], "more than once, first 'A'"),
        (["", "B"], [[1, 2], [1, 2]], "gene without a name in line 2"),
        (GENES, [[1, np.nan], [1, 2]], "not finite, first that of gene 'A' in cell 'c2'"),
        (GENES, [[1, 2], [-1, 2]], "negative, first that of gene 'B' in cell 'c1'"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(genes, values, message):
    with pytest.raises(TableError, match=message):
        check_expression(genes, CELLS, np.array(values, dtype=float), "x.csv")


def test_sound_values_pass():
    check_expression(GENES, CELLS, np.ones((2, 2)), "x.csv")
