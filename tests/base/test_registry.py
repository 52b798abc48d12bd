"""Names that are not known are told in one way, with near matches."""

from __future__ import annotations

import pytest

from ugrn_core.errors import OptionError, UnknownNameError
from ugrn_core.registry import require, require_all

KNOWN = ("hESC", "mESC", "mDC")


def test_case_is_forgiven_where_it_leaves_no_doubt():
    assert require("hesc", KNOWN, "data set") == "hESC"
    assert require("Ab", ("ab", "Ab"), "name") == "Ab"
    with pytest.raises(UnknownNameError):
        require("AB", ("ab", "Ab"), "name")


def test_an_unknown_name_is_told_with_what_is_near_and_known():
    with pytest.raises(UnknownNameError) as told:
        require("hESCC", KNOWN, "data set", " on this machine")
    assert str(told.value) == (
        "There is no data set named 'hESCC' on this machine. Did you mean hESC or mESC? "
        "Known: hESC, mESC, mDC."
    )
    with pytest.raises(UnknownNameError) as told:  # the next number is another thing
        require("ENST00000376671", ["ENST00000376670"], "gene")
    assert "Did you mean" not in str(told.value)
    with pytest.raises(UnknownNameError, match="Known: none yet"):
        require("x", (), "run", none="none yet")


def test_several_names_and_groups():
    groups = {"all": KNOWN, "human": ("hESC",)}
    assert require_all(" mdc, human,hESC", KNOWN, "data set", groups) == ("mDC", "hESC")
    assert require_all("ALL", KNOWN, "data set", groups) == KNOWN
    with pytest.raises(UnknownNameError, match="Did you mean human"):
        require_all("humn", KNOWN, "data set", groups)
    with pytest.raises(OptionError, match="Name a data set"):
        require_all(" , ", KNOWN, "data set", groups)
