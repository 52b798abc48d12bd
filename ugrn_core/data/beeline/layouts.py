"""Where BEELINE's files lie: three layouts, and folders that point a level too high or too deep."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ugrn_core.errors import MissingDataError

NETWORKS = {  # canonical name -> (folder of the GENELink layout, file name of the official layout)
    "STRING": ("STRING Dataset", "STRING-network"),
    "Non-Specific ChIP-seq": ("Non-Specific Dataset", "Non-Specific-ChIP-seq-network"),
    "Cell-type-specific ChIP-seq": ("Specific Dataset", "{cells}-ChIP-seq-network"),
    "LOF/GOF": ("Lofgof Dataset", "{cells}-lofgof-network"),
}
DATASETS = {  # name -> (species, cell type as the official network files name it)
    "hESC": ("human", "hESC"),
    "hHEP": ("human", "HepG2"),
    "mDC": ("mouse", "mDC"),
    "mESC": ("mouse", "mESC"),
    "mHSC-E": ("mouse", "mHSC"),
    "mHSC-GM": ("mouse", "mHSC"),
    "mHSC-L": ("mouse", "mHSC"),
}
DEEPEST = 4  # levels below the given folder that are searched
MOST_FOLDERS = 5000


@dataclass(frozen=True)
class BeelineLayout:
    """What was found under `folder`; None where a part is absent.

    genelink: holds `<Network> Dataset` folders. inputs: holds `<dataset>/ExpressionData.csv`.
    networks: holds `human` and `mouse`. tables: holds `human-tfs.csv` and `mouse-tfs.csv`.
    expression, pseudotime: hold `<dataset>.csv[.gz]` (shared layout).
    """

    folder: Path
    genelink: Path | None = None
    inputs: Path | None = None
    networks: Path | None = None
    tables: Path | None = None
    expression: Path | None = None
    pseudotime: Path | None = None


def find_layout(folder: str | Path) -> BeelineLayout:
    """Return where BEELINE's parts lie in or just above `folder`.

    Raises MissingDataError when the folder is not there, or holds neither layout.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise MissingDataError(f"There is no folder {folder}; give the folder with BEELINE's data.")
    parts = _parts(folder)
    if not _complete(parts):
        for parent in list(folder.resolve().parents)[:2]:
            if _belongs(folder.resolve(), parent):
                parts = _parts(parent)
                if _complete(parts):
                    break
    if not _complete(parts):
        raise MissingDataError(
            f"{folder} holds no BEELINE data: expected '<Network> Dataset' folders (GENELink "
            "layout), or 'inputs/scRNA-Seq' with 'Networks' (official layout)."
        )
    return BeelineLayout(folder, **parts)


def _complete(parts: dict[str, Path]) -> bool:
    return "genelink" in parts or {"inputs", "networks", "tables"} <= set(parts)


def _belongs(folder: Path, parent: Path) -> bool:
    """A parent is searched only where the given folder is itself a part of BEELINE's tree."""
    names = {folder.name, *(p.name for p in folder.parents if parent in p.parents)}
    known = {"inputs", "scRNA-Seq", "Networks", "human", "mouse", "expression", "pseudotime"}
    return any(n in known or n in DATASETS or n.endswith(" Dataset") for n in names)


def _parts(root: Path) -> dict[str, Path]:
    parts: dict[str, Path] = {}
    level, seen = [root], 0
    for _ in range(DEEPEST + 1):
        below: list[Path] = []
        for folder in level:
            seen += 1
            if seen > MOST_FOLDERS:
                return parts
            children = _children(folder)
            for part, is_it in _RULES.items():
                if part not in parts and is_it(folder, children):
                    parts[part] = folder
            below += [folder / n for n, directory in sorted(children.items()) if directory]
        level = [f for f in below if f.name not in DATASETS]
    return parts


def child(folder: Path, name: str) -> Path:
    """Return the file or folder `name` in `folder`, as spelled there: hHEP lies in hHep, too.

    `folder / name` itself where there is none, or several of other spellings.
    """
    exact = folder / name
    if exact.exists():
        return exact
    near = [n for n in _children(folder) if n.casefold() == name.casefold()]
    return folder / near[0] if len(near) == 1 else exact


def _children(folder: Path) -> dict[str, bool]:
    """Return name -> whether it is a folder; without what an operating system leaves in archives
    (__MACOSX, ._*, .DS_Store): the names there are those of the data, the content is none."""
    try:
        entries = [c for c in folder.iterdir() if not c.name.startswith((".", "__MACOSX"))]
        return {c.name: c.is_dir() for c in entries}
    except OSError:
        return {}


def _has_folder(children: dict[str, bool], name: str) -> bool:
    return any(is_dir and c.casefold() == name.casefold() for c, is_dir in children.items())


def _has_file(children: dict[str, bool], names: set[str]) -> bool:
    return any(not is_dir and c.casefold() in names for c, is_dir in children.items())


def _holds_tables(name: str):
    files = {f"{d}.csv{z}".casefold() for d in DATASETS for z in ("", ".gz")}

    def rule(folder: Path, children: dict[str, bool]) -> bool:
        return folder.name.casefold() == name and _has_file(children, files)

    return rule


_RULES = {
    "genelink": lambda f, c: any(_has_folder(c, label) for label, _ in NETWORKS.values()),
    "inputs": lambda f, c: any(
        _has_folder(c, d) and child(child(f, d), "ExpressionData.csv").is_file() for d in DATASETS
    ),
    "networks": lambda f, c: (
        f.name.casefold() == "networks" and (_has_folder(c, "human") or _has_folder(c, "mouse"))
    ),
    "tables": lambda f, c: _has_file(c, {"human-tfs.csv", "mouse-tfs.csv"}),
    "expression": _holds_tables("expression"),
    "pseudotime": _holds_tables("pseudotime"),
}
