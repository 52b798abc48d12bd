"""A user's own cells as commands, pages and scripts add them: looked at, added, shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

from ugrn_core.data.own import adding, store
from ugrn_core.data.own.cell_columns import parse_keep
from ugrn_core.data.own.formats.contract import CellFile
from ugrn_core.data.own.formats.given import Given, of_path
from ugrn_core.data.own.formats.opening import read_cells, read_path
from ugrn_core.data.own.panel import panel_choice
from ugrn_core.data.own.recognition import Choices, Recognised, recognise
from ugrn_core.data.own.store import OwnDataset
from ugrn_core.errors import OptionError
from ugrn_core.registry import require
from ugrn_core.settings import Settings

MOST_KNOWN = 32  # choices made over one file that are remembered


@dataclass(frozen=True)
class CellsGiven:
    """A file, or files that belong together, opened. name: what people call it."""

    name: str
    files: tuple[Given, ...]
    content: CellFile
    _known: dict[Choices, Recognised] = field(default_factory=dict, repr=False, compare=False)

    def recognised(self, choices: Choices | None = None) -> Recognised:
        """Return what it holds, looked at once for the same choices; raises as
        `recognition.recognise`."""
        choices = choices or Choices()
        if choices not in self._known:
            if len(self._known) > MOST_KNOWN:
                self._known.clear()
            self._known[choices] = recognise(self.content, choices)
        return self._known[choices]


def open_path(path: Path, genes_in: str = "auto") -> CellsGiven:
    """Return the cells of a file or folder on this machine; raise InputError."""
    content = read_path(path, genes_in)
    return CellsGiven(path.name or str(path), of_path(path), content)


def choices_of(*, keep: str | None = None, panel: str = "tfs+500", **said: str | None) -> Choices:
    """Return the choices that commands and scripts give in words; raise OptionError."""
    known = {field.name for field in fields(Choices)}
    for name in said:
        require(name, known, "choice")
    return Choices(keep=parse_keep(keep or ""), panel=panel_choice(panel), **said)


def add_file(
    settings: Settings, file: Path, name: str | None = None, *, genes_in: str = "auto", **said: str
) -> OwnDataset:
    """Add a file or folder as a data set, called after it unless named; said: as `choices_of`."""
    choices, given = choices_of(**said), open_path(file, genes_in)
    called = name or store.suggested_name(file.resolve().name)
    return add(settings, called, given, choices)


def open_uploads(files: Sequence[Given], genes_in: str = "auto") -> CellsGiven:
    """Return the cells of uploaded files; raise InputError."""
    name = files[0].name if len(files) == 1 else f"{files[0].name} and {len(files) - 1} more"
    return CellsGiven(name, tuple(files), read_cells(files, genes_in))


def add(
    settings: Settings,
    name: str,
    given: CellsGiven,
    choices: Choices | None = None,
    progress: adding.Progress | None = None,
    *,
    owner: str = "",
) -> OwnDataset:
    """Add the cells as the data set `name`; return it. owner: whose it is, "" for this machine's.

    Raises InputError where they cannot be used, or the owner has another set of this name.
    """
    name = store.plain_name(name)
    store.require_free(settings.home, name, owner)
    built = adding.build(given.content, choices, progress)
    source = adding.source_of(given.files, given.name)
    return adding.keep(settings.home, name, built, source, owner=owner)


def allowed_path(text: str, settings: Settings, *, local: bool) -> Path:
    """Return the path that a page was told; raise OptionError for one it may not read.

    local: the server listens on this machine alone, so whoever asks could read it anyway. Else
    only what lies below UGRN_DATA's folders, links followed.
    """
    path = Path(text.strip()).expanduser()
    if not text.strip() or not path.is_absolute():
        raise OptionError("Give the whole path of a file or folder, from / on.")
    real = path.resolve()
    folders = [folder.expanduser().resolve() for folder in settings.data]
    if not local and not any(real.is_relative_to(folder) for folder in folders):
        raise OptionError(
            "This server reads files below the folders in its setting UGRN_DATA alone. Upload the "
            "file, or ask whoever runs the server."
        )
    return real


def sentences(manifest: Mapping) -> tuple[str, ...]:
    """Return what a data set is, in words, from its manifest."""
    about = manifest
    types = ", ".join(f"{name} {count:,}" for name, count in list(about["types"].items())[:12])
    facts = [
        f"From {about['source']['name']}, sha256 {about['source']['sha256'][:16]}..., "
        f"{about['kind']}, matrix {about['matrix']}: {about['values']}",
        f"{about['cells']:,} cells of {about['cells_in_file']:,} in the file, {about['species']}",
        f"{about['genes_in_file']:,} genes in the file, {about['genes_known']:,} known, "
        f"{about['genes_lost']:,} lost, {about['genes_twice']:,} named more than once",
        f"Panel {about['panel']}: {len(about['genes']):,} genes, {len(about['regulators']):,} of "
        "them regulators",
    ]
    if types:
        more = " ..." if len(about["types"]) > 12 else ""
        facts.append(f"Cell types by {about['cell_types']}: {types}{more}")
    if about["pseudotime"]:
        facts.append(f"Pseudotime: {about['pseudotime']}")
    return (*facts, *about["notes"])
