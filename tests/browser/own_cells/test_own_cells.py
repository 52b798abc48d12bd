"""A biologist's own cells: a zipped 10x folder to the ranked table, and nobody else sees them."""

from __future__ import annotations

import gzip
import io
import re

import numpy as np
import scipy.io
import scipy.sparse as sp

from tests.browser.served import settled, watch
from tests.data.own import odd_files as odd

CLICKS = 6  # from the Data page to the ranked table, the file's own dialog included


def zipped_10x(path, cells: int = 300, genes: int = 300):
    """Write a zip of the three files of Cell Ranger for cells of three types."""
    data = odd.realistic(cells, genes)
    buffer = io.BytesIO()
    scipy.io.mmwrite(buffer, sp.coo_matrix(data.X.T.astype(np.int64)), field="integer")
    features = "".join(f"ID{k}\t{g}\tGene Expression\n" for k, g in enumerate(data.var_names))
    barcodes = "".join(f"{name}\n" for name in data.obs_names)
    contents = {"matrix.mtx": buffer.getvalue(), "features.tsv": features.encode()}
    contents["barcodes.tsv"] = barcodes.encode()
    folder = "filtered_feature_bc_matrix"
    packed = {f"{folder}/{n}.gz": gzip.compress(c) for n, c in contents.items()}
    return odd.zipped(path, packed | {"__MACOSX/._matrix.mtx.gz": b"\0"})


def test_a_zipped_10x_folder_becomes_a_ranked_table_that_only_its_owner_sees(
    page, context, dashboard, tmp_path, complaints
):
    file = zipped_10x(tmp_path / "liver biopsy.zip")
    clicks = 0
    page.goto("/data?backbone=ugrn-small&dataset=krumsiek2011")
    settled(page)
    upload = page.locator("[data-testid=stMain] [data-testid=stFileUploader] input[type=file]")
    upload.set_input_files(file)
    clicks += 2  # the button, and the file in the browser's dialog
    page.get_by_text("What it was taken for").wait_for()
    settled(page)
    assert page.get_by_text("raw counts").count() >= 1
    page.get_by_role("button", name="Add", exact=True).click()
    page.locator(".st-key-probe_new button").wait_for()
    page.locator(".st-key-probe_new button").click()
    page.wait_for_url("**/regulators?**")
    page.get_by_role("button", name="Compute the network (one time)").click()
    clicks += 3
    page.get_by_text("possible regulators of").wait_for()
    settled(page)
    assert clicks <= CLICKS
    mark = re.search(r"dataset=(own-[0-9a-f]{16})", page.url)[1]

    page.reload()  # the browser is known again, without any link
    page.goto("/data?backbone=ugrn-small")
    settled(page)
    assert page.get_by_text("liver biopsy").count() >= 1

    with context.browser.new_context(base_url=dashboard) as stranger:
        other = stranger.new_page()
        watch(other, complaints)
        for view in ("data", "runs"):
            other.goto(f"/{view}?backbone=ugrn-small")
            settled(other)
            assert "liver biopsy" not in other.locator("body").inner_text()
        other.goto(f"/regulators?backbone=ugrn-small&dataset={mark}")  # whoever has the link
        settled(other)
        assert other.get_by_text("possible regulators of").count() == 1
