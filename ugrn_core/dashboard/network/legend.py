"""What the shapes, colours and dashes of a network drawing mean: one list for page and figure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from ugrn_core.dashboard.network.drawing import STATUSES, Drawing, group_colour, sign_colour
from ugrn_core.dashboard.theme import Palette


@dataclass(frozen=True)
class Entry:
    """One line of a legend. mark: diamond, dot, ring, group, line or wedge. css: a line's dash in
    words, dashes: in pixels. number: of a community, else empty."""

    mark: str
    colour: str
    words: str
    css: str = "solid"
    dashes: str = ""
    number: str = ""


def entries(drawing: Drawing, palette: Palette) -> list[Entry]:
    """Return the legend of `drawing`: shapes first, then communities, then edges."""
    by_group = bool(drawing.groups)
    # Where the fill tells the community, only the shape tells the kind of gene.
    genes = [
        Entry("diamond", palette.muted if by_group else palette.regulator, "regulator"),
        Entry("dot", palette.muted if by_group else palette.gene, "other gene"),
    ]
    if drawing.centre is not None:
        genes.append(Entry("ring", palette.focus, "gene asked for"))
    edges = [*_lines(drawing, palette), *_widths(drawing, palette)]
    return [*genes, *_groups(drawing, palette), *edges]


def as_list(drawing: Drawing, palette: Palette) -> str:
    """Return the legend as an HTML list, for the rules `.ugrn-legend` of assets/ugrn.css."""
    items = "".join(_item(entry) for entry in entries(drawing, palette))
    return f'<ul class="ugrn-legend">{items}</ul>'


def _item(entry: Entry) -> str:
    look = {
        "diamond": f"background:{entry.colour};transform:rotate(45deg)",
        "ring": f"border:3px solid {entry.colour};border-radius:50%",
        "line": f"border-top:3px {entry.css} {entry.colour}",
        "wedge": f"height:9px;background:{entry.colour};clip-path:polygon(0 50%,100% 0,100% 100%)",
    }.get(entry.mark, f"background:{entry.colour};border-radius:50%")
    kind = "line" if entry.mark in ("line", "wedge") else "mark"
    return f'<li><span class="ugrn-{kind}" style="{look}"></span>{entry.words}</li>'


def _groups(drawing: Drawing, palette: Palette) -> list[Entry]:
    sizes = Counter(drawing.groups.values())
    own = [k for k in sorted(sizes) if k < len(palette.groups)]
    groups = [
        Entry(
            "group",
            group_colour(k, palette),
            f"community {k} ({sizes[k]} gene{'s' * (sizes[k] != 1)})",
            number=str(k),
        )
        for k in own
    ]
    if len(sizes) > len(own):
        rest = len(sizes) - len(own)
        words = f"{rest} smaller communit{'ies' if rest > 1 else 'y'}, by number"
        groups.append(Entry("group", palette.groups[-1], words))
    return groups


def _lines(drawing: Drawing, palette: Palette) -> list[Entry]:
    colour_by = drawing.colour_by
    statuses = [s for s in STATUSES.values() if s.group == colour_by]
    if statuses:
        return [
            Entry(
                mark="line",
                colour=getattr(palette, s.colour),
                words=s.words,
                css=s.css,
                dashes=dash(s.dashes),
            )
            for s in statuses
        ]
    if colour_by != "sign":
        one = "" if drawing.scores else ", one width for all"
        return [Entry("line", palette.unsigned, f"regulator to target (arrow){one}")]
    return [
        Entry("line", sign_colour(1, palette), "activation proposed (arrow)"),
        Entry(
            mark="line",
            colour=sign_colour(-1, palette),
            words="repression proposed (bar)",
            css="dashed",
            dashes="7 5",
        ),
    ]


def _widths(drawing: Drawing, palette: Palette) -> list[Entry]:
    """What the width of an edge tells, with the scores of the narrowest and the widest."""
    if drawing.scores is None:
        return []
    low, high = drawing.scores
    return [Entry("wedge", palette.unsigned, f"wider: higher score ({low:.2f} to {high:.2f})")]


def dash(pattern: list[int] | bool) -> str:
    """Return a dash of the drawing as SVG writes it; empty for a solid line."""
    return " ".join(map(str, pattern)) if isinstance(pattern, list) else ""
