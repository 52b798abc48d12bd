"""What was measured of the signs of the backbones that ship, on data whose signs are known: the
rows of `bench overexpression` and `bench signs`; and whether the column `sign` of an edge table is
filled or empty.

A proposed sign is shown unless it was measured to say nothing: by the references of the run that
know signs; where there is none, by what was measured of the backbone on this data set, or on the
panel of LINCS L1000. Stored tables keep the sign, for a reference that comes tomorrow judges it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from ugrn_core.settings import Settings

CHANCE = 0.5
SHOWN, ELSEWHERE = "signs_shown", "sign_elsewhere"  # beside `sign` in what a run is worth
NUMBERS = tuple(f"{name}{end}" for name in ("auroc", "sign_auroc") for end in ("", "_low", "_high"))
COLUMNS = ("backbone", "score", *NUMBERS, "regulators", "pairs")
LINCS = "LINCS L1000"
ANSWER = "answer"  # the row of a backbone's own responses, as they are
SIGNS = ("backbone", "dataset", "known", "number", "pairs", "activating", "regulators")
SIGNS = (*SIGNS, "auroc", "auroc_low", "auroc_high", "tells")
GOES_WITH_SIGN = "slope"  # the number whose sign is the column `sign`


def measured_table(settings: Settings) -> pd.DataFrame:
    """Return the rows of `bench overexpression` that ship, columns COLUMNS; empty without."""
    path = settings.assets / "results" / "overexpression.csv"
    if not path.is_file():
        return pd.DataFrame(columns=COLUMNS)
    return pd.read_csv(path, keep_default_na=False, na_values={c: [""] for c in NUMBERS})


def signs_table(settings: Settings) -> pd.DataFrame:
    """Return the rows of `bench signs` that ship, columns SIGNS; empty without."""
    path = settings.assets / "results" / "signs.csv"
    return pd.read_csv(path) if path.is_file() else pd.DataFrame(columns=SIGNS)


def measured_elsewhere(settings: Settings, backbone: str, dataset: str) -> dict[str, dict]:
    """Return what is known of a backbone's signs beside the references of a run: of this data set
    where it was measured, else of the panel of `bench overexpression`; empty where neither was.

    Known signs -> edges, auroc, low, high, as `judging.area`.
    """
    rows = signs_table(settings)
    rows = rows[(rows["backbone"] == backbone) & (rows["dataset"] == dataset)]
    own = {
        str(row.known): _score(row.pairs, row.auroc, row.auroc_low, row.auroc_high)
        for row in rows[rows["number"] == GOES_WITH_SIGN].itertuples()
    }
    if own:
        return own
    rows = measured_table(settings)
    rows = rows[(rows["backbone"] == backbone) & (rows["score"] == ANSWER)]
    row = next(rows.itertuples(), None)
    if row is None:
        return {}
    ends = row.sign_auroc, row.sign_auroc_low, row.sign_auroc_high
    return {LINCS: _score(row.pairs, *ends)}


def _score(edges: int, auroc: float, low: float, high: float) -> dict:
    told = {"auroc": auroc, "low": low, "high": high}
    return {"edges": int(edges)} | {k: None if pd.isna(v) else float(v) for k, v in told.items()}


def may_show(scores: Iterable[Mapping]) -> bool:
    """Return whether proposed signs may be shown: no measured AUROC's interval reaches down to
    chance. Scores without an interval say nothing; nor does nobody's having measured."""
    lows = [score.get("low") for score in scores]
    return all(low > CHANCE for low in lows if low is not None)


def told(judged: Mapping[str, Mapping], elsewhere: Mapping[str, Mapping]) -> dict:
    """Return what a run tells of its signs: sign, network -> how right (`judging.sign_scores`);
    sign_elsewhere, the same where no network of the run knows signs; signs_shown, whether they
    `may_show`."""
    beside = {} if judged else dict(elsewhere)
    shown = may_show((judged or beside).values())
    return {"sign": dict(judged), ELSEWHERE: beside, SHOWN: shown}


def without_signs(frame: pd.DataFrame) -> pd.DataFrame:
    """Return an edge table whose column `sign` is empty."""
    return frame.assign(sign=np.nan) if "sign" in frame else frame
