"""What is drawn of a network, and in which colours: shared by page, figure and web page."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from ugrn_core.dashboard.theme import Palette

THICK = 1.6  # times the width of other edges: edges that two sides share
THIN, WIDE = 0.6, 2.4  # widths of the lowest and the highest score, where width tells the score
LABELS_UP_TO = 70  # genes; beyond it only regulators and the centre carry a label


@dataclass(frozen=True)
class Status:
    """How edges of one status look. group: the `colour_by` it belongs to. colour: of the palette.
    css: the dash in words; dashes: for the drawing. words: for people."""

    group: str
    colour: str
    css: str
    dashes: list[int] | bool
    words: str


STATUSES = {
    "hit": Status(
        group="known",
        colour="hit",
        css="solid",
        dashes=False,
        words="predicted and known",
    ),
    "extra": Status(
        group="known",
        colour="extra",
        css="dashed",
        dashes=[7, 5],
        words="predicted, not in the reference",
    ),
    "missed": Status(
        group="known", colour="missed", css="dotted", dashes=[2, 6], words="known, below the cut"
    ),
    "shared": Status(
        group="compared",
        colour="hit",
        css="solid",
        dashes=False,
        words="among the best of both (thicker)",
    ),
    "first": Status(
        group="compared", colour="extra", css="dashed", dashes=[7, 5], words="only of the first"
    ),
    "second": Status(
        group="compared", colour="missed", css="dotted", dashes=[2, 6], words="only of the second"
    ),
    "gained": Status(
        group="contexts", colour="hit", css="solid", dashes=False, words="stronger in the second"
    ),
    "lost": Status(
        group="contexts",
        colour="missed",
        css="dotted",
        dashes=[2, 6],
        words="weaker in the second",
    ),
}


@dataclass(frozen=True)
class Drawing:
    """What to draw. edges: source, target, probability, rank, sign and, where known, `status`.

    status: a key of STATUSES. positions: x, y of every gene. regulators: drawn as diamonds.
    centre: the gene asked for, or None. colour_by: "sign", "community", or a group of STATUSES;
    edges show their sign under "sign" alone. groups: gene -> community, from 1. places: x, y of
    these and of the genes that other colourings draw; the view holds them all, so that no colouring
    moves a gene. label_scale: labels are that much larger than usual. scores: the lowest and the
    highest score drawn, where the width of an edge tells its score. pinned: genes that somebody
    moved.
    """

    edges: pd.DataFrame
    positions: dict[str, tuple[float, float]]
    regulators: frozenset[str]
    centre: str | None = None
    colour_by: str = "sign"
    groups: dict[str, int] = field(default_factory=dict)
    places: dict[str, tuple[float, float]] | None = None
    label_scale: float = 1.0
    scores: tuple[float, float] | None = None
    pinned: frozenset[str] = frozenset()

    @property
    def frame(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of all places, in pixels at zoom 1; zeros without any."""
        return frame(self.places or self.positions)


def frame(places: dict[str, tuple[float, float]]) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of `places`, zeros of none."""
    xs, ys = zip(*(places or {"": (0.0, 0.0)}).values())
    return min(xs), min(ys), max(xs), max(ys)


def fill(gene: str, drawing: Drawing, palette: Palette) -> str:
    """Return the colour of a gene: of its community where there are any, else of its kind."""
    if gene in drawing.groups:
        return group_colour(drawing.groups[gene], palette)
    return palette.regulator if gene in drawing.regulators else palette.gene


def group_colour(group: int, palette: Palette) -> str:
    """Return the colour of a community; the largest differ, the others are one grey. The number
    on the label is the other cue."""
    return palette.groups[group - 1] if group < len(palette.groups) else palette.groups[-1]


def shown_sign(sign: object, colour_by: str) -> int:
    """Return the sign that an edge is drawn with: 0 where signs were not asked for, since on the
    shipped backbones they say next to nothing."""
    return int(sign) if colour_by == "sign" and not pd.isna(sign) else 0


def sign_colour(sign: int, palette: Palette) -> str:
    """Return the colour of an edge drawn with that sign."""
    return {1: palette.activates, -1: palette.represses}.get(sign, palette.unsigned)


def edge_look(row, drawing: Drawing, palette: Palette) -> tuple[str, list[int], float]:
    """Return colour, dash in pixels (empty: solid) and relative width of an edge of a Drawing."""
    colour_by = drawing.colour_by
    status = STATUSES.get(getattr(row, "status", None))
    if status is not None and status.group == colour_by:
        dashes = status.dashes if isinstance(status.dashes, list) else []
        return getattr(palette, status.colour), dashes, width(row, drawing)
    sign = shown_sign(row.sign, colour_by)
    return sign_colour(sign, palette), [7, 5] if sign < 0 else [], width(row, drawing)


def width(row, drawing: Drawing) -> float:
    """Return how wide an edge is, 1 for an ordinary one: THIN to WIDE by its score where the
    drawing's widths tell scores, THICK where two sides share it."""
    if drawing.scores is None:
        return THICK if getattr(row, "status", None) == "shared" else 1.0
    low, high = drawing.scores
    share = (float(row.probability) - low) / (high - low) if high > low else 1.0
    return THIN + min(max(share, 0.0), 1.0) * (WIDE - THIN)


def ink(colour: str) -> str:
    """Return black or white, whichever has more contrast on `colour` (hex): 4.5 or more.

    Relative luminance and contrast are those of WCAG 2.2.
    """
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    luminance = sum(p * share for p, share in zip(linear, (0.2126, 0.7152, 0.0722)))
    return "#000000" if (luminance + 0.05) ** 2 > 1.05 * 0.05 else "#FFFFFF"
