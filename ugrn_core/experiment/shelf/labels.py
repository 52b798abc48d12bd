"""A name and a note that somebody gave a run: kept apart from it, so that they outlive a run made
anew and can be given to one that ships."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from ugrn_core.errors import MissingDataError, OptionError
from ugrn_core.experiment.runs import run_list
from ugrn_core.files import read_plain, sealed, set_aside, unsealed, write_own
from ugrn_core.settings import Settings

FORMAT = 1
LONGEST_NAME, LONGEST_NOTE = 80, 2000
MOST_BYTES = 64_000


@dataclass(frozen=True)
class Label:
    """What somebody calls a run, and what they noted; empty where nothing was given."""

    name: str = ""
    note: str = ""


def read(settings: Settings, run: str) -> Label:
    """Return the label of the run `run`; a damaged one is set aside and counts as none."""
    path = place(settings, run)
    try:
        content = unsealed(read_plain(path, MOST_BYTES))
        if content.get("format") != FORMAT:
            return Label()
        label = Label(content["name"], content["note"])
        if not all(isinstance(text, str) for text in (label.name, label.note)):
            raise TypeError("a label is text")
    except FileNotFoundError:
        return Label()
    except (OSError, ValueError, KeyError, TypeError) as error:
        set_aside(path, str(error))
        return Label()
    return label


def write(settings: Settings, run: str, label: Label) -> None:
    """Keep the label of a run; an empty one is forgotten. Raises StorageError, OptionError."""
    name = " ".join("".join(c if c.isprintable() else " " for c in label.name).split())
    note = "".join(c for c in label.note if c.isprintable() or c == "\n").strip()
    if len(name) > LONGEST_NAME or len(note) > LONGEST_NOTE:
        raise OptionError(
            f"A name has at most {LONGEST_NAME} characters and a note {LONGEST_NOTE:,}; "
            f"{len(name):,} and {len(note):,} came. Shorten them."
        )
    path = place(settings, run)
    if not name and not note:
        path.unlink(missing_ok=True)
        return
    write_own(path, sealed({"format": FORMAT, **asdict(Label(name, note))}))


def run_named(settings: Settings, text: str) -> str:
    """Return the one finished run whose id begins so, or that has this name; raise
    MissingDataError."""
    every = run_list.results(settings)["run"].tolist()
    fits = [run for run in every if text and run.startswith(text.casefold())] or [
        run for run in every if read(settings, run).name.casefold() == text.casefold() != ""
    ]
    if len(fits) != 1:
        what = f"{len(fits)} results are called so" if fits else "No result is called so"
        raise MissingDataError(f"{what}: '{text[:40]}'. `runs list` shows what there is.")
    return fits[0]


def place(settings: Settings, run: str) -> Path:
    """Return where the label of a run lies, or would; raise OptionError for what is no run."""
    if not run.isalnum():
        raise OptionError(f"A run is called by letters and digits; '{run[:40]}' came.")
    return settings.home / "labels" / f"{run[:40]}.json"
