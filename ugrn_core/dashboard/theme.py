"""One palette for light and dark, safe for colour-blind readers (Okabe and Ito, 2008).

Colour is never the only cue: what differs in colour here also differs in shape, dash or word.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """Colours by what they mean, as CSS hex strings."""

    text: str
    muted: str
    line: str
    surface: str
    vvp: str
    gdt: str
    activates: str
    represses: str
    unsigned: str
    hit: str
    extra: str
    missed: str
    regulator: str
    gene: str
    focus: str
    scale: tuple[str, str, str]
    on_scale: str | None  # text on the scale; None: the chart picks by the cell's own colour
    groups: tuple[str, ...]


LIGHT = Palette(
    text="#1C2B33",
    muted="#55656E",
    line="#D5DDE1",
    surface="#FFFFFF",
    vvp="#00716B",
    gdt="#7A3E9D",
    activates="#0072B2",
    represses="#C44E00",
    unsigned="#7A878E",
    hit="#00845F",
    extra="#8A979E",
    missed="#B8578F",
    regulator="#0F5E73",
    gene="#A9BCC5",
    focus="#E0A100",
    scale=("#F3F7F8", "#6FB3B8", "#0B4F5C"),
    on_scale=None,
    groups=("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#6E7B82"),
)
DARK = Palette(
    text="#E8EEF1",
    muted="#A3B1B8",
    line="#33424A",
    surface="#12191D",
    vvp="#4FC3B5",
    gdt="#C9A0E8",
    activates="#5DB7EC",
    represses="#F5935A",
    unsigned="#93A1A8",
    hit="#3CC79B",
    extra="#76848B",
    missed="#E59CC4",
    regulator="#4BA3B8",
    gene="#5A6B74",
    focus="#F2C14E",
    scale=("#1B262B", "#1F5560", "#2B8794"),
    on_scale="#FFFFFF",
    groups=("#5DB7EC", "#F2C14E", "#3CC79B", "#E59CC4", "#B4A5F5", "#F5935A", "#B8C4CA"),
)


def palette(theme: str | None) -> Palette:
    """Return the palette of Streamlit's theme type (`light`, `dark`; light when unknown)."""
    return DARK if theme == "dark" else LIGHT


def faded(colour: str, alpha: float) -> str:
    """Return a hex colour as `rgba(...)` with `alpha` in 0..1."""
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha:g})"
