"""What over-expressed factors did in cells, and whether a backbone says so: causal and signed."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.experiment.references.measured import measured_table
from ugrn_core.markdown import literal

WORDS = {
    "answer": "the model's answer",
    "answer, centred": "the same, less what the target answers everybody",
    "cosine of gene vectors": "cosine of its gene vectors (no probing)",
    "random weights": "random weights",
    "random weights, centred": "random weights, centred",
    "popularity in the experiment": "how many other factors move the target (oracle)",
}


def draw(view: View) -> None:
    """Draw the rows of the backbone in use, or say how to make them."""
    st.header("Over-expression in cells", anchor=False)
    everything, name = measured_table(view.settings), view.backbone.name
    rows = everything[everything["backbone"] == name]
    if rows.empty:
        st.caption(
            f"Not measured for {literal(name)}: `python -m ugrn_core bench overexpression "
            "--backbone NAME --signatures FILE.npz --out table.csv` does it."
        )
        return
    st.markdown(sentence(rows))
    st.dataframe(
        table(rows),
        hide_index=True,
        key="overexpression",
        alt="AUROC of targets moved and of signs, one row a score",
    )
    st.caption(
        f"LINCS L1000: {int(rows['regulators'].max())} transcription factors over-expressed, "
        f"{int(rows['pairs'].max()):,} significant changes among genes that some of them move. "
        "Moved: do the genes that changed rank high (mean AUROC over factors)? Sign: do those that "
        "went up rank above those that went down? 0.5 is chance; 95 % intervals over factors."
    )


def sentence(rows: pd.DataFrame) -> str:
    """Return in words whether the backbone's answers say what moved, and which way."""
    by_score = rows.set_index("score")
    answer = by_score.loc["answer, centred"]
    known = by_score.loc["popularity in the experiment"]
    told = "better than chance" if answer["auroc_low"] > 0.5 else "no better than chance"
    beside = "below" if answer["auroc_high"] < known["auroc"] else "level with or above"
    way = "says" if answer["sign_auroc_low"] > 0.5 else "does not say"
    return (
        f"**Genes that an over-expressed factor moves rank {told}** (AUROC {answer['auroc']:.2f}, "
        f"{answer['auroc_low']:.2f}-{answer['auroc_high']:.2f}), {beside} what the other factors' "
        f"experiments foretell ({known['auroc']:.2f}); which way it moves them the answer {way}, "
        f"once what each target answers everybody is taken out ({answer['sign_auroc']:.2f}, "
        f"{answer['sign_auroc_low']:.2f}-{answer['sign_auroc_high']:.2f})."
    )


def table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row a score, with intervals."""

    def shown(row: pd.Series, name: str) -> str:
        return f"{row[name]:.3f} ({row[f'{name}_low']:.3f}-{row[f'{name}_high']:.3f})"

    return pd.DataFrame(
        {
            "Ranked by": [WORDS.get(score, score) for score in rows["score"]],
            "Moved": [shown(row, "auroc") for _, row in rows.iterrows()],
            "Sign": [shown(row, "sign_auroc") for _, row in rows.iterrows()],
        }
    )
