"""What is kept on this machine, from Python: listed, removed, had back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ugrn_core.registry import require
from ugrn_core.settings import read_settings

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("cells", "reference", "run")


def own_cells() -> pd.DataFrame:
    """Return the data sets of your own cells on this machine, one a row: `name` (what the other
    functions take as `genes`), `species`, `cells`, `genes` and `regulators` (counts), `source` (the
    file), `id`. `python -m ugrn_core data list` shows the same. Raises nothing: what cannot be read
    is left out."""
    import pandas as pd

    from ugrn_core.data.own import store

    rows = []
    for one in store.listed(read_settings().home):
        about = one.manifest
        counts = about["cells"], len(about["genes"]), len(about["regulators"])
        rows.append((one.name, about["species"], *counts, about["source"]["name"], one.id))
    columns = ["name", "species", "cells", "genes", "regulators", "source", "id"]
    return pd.DataFrame(rows, columns=columns)


def results() -> pd.DataFrame:
    """Return the finished results on this machine, newest first: `run`, `name` and `note` (given on
    the page Runs or by `runs label`), `dataset`, `backbone`, `regulators` and `pairs` (counts),
    `date` (UTC, ISO), `bytes` (of the edge table), `ships` (it came with UGRN). Raises nothing:
    what is damaged, or of another version, is left out."""
    from ugrn_core.experiment.runs import run_list
    from ugrn_core.experiment.shelf import labels

    settings = read_settings()
    table = run_list.results(settings)
    given = [labels.read(settings, run) for run in table["run"]]
    table = table.assign(name=[g.name for g in given], note=[g.note for g in given])
    first = ["run", "name", "note"]
    return table[[*first, *(c for c in table if c not in first)]]


def remove(kind: str, name: str) -> str:
    """Return what something of your own was called, which is removed; `restore` has it back within
    a day.

    kind: "cells" (a data set, with what was computed of its contexts; its runs stay), "reference",
    or "run" (with its curves and its job). name: as `own_cells`, `references` or `results` call it;
    of a run also how its id begins. Raises UnknownNameError, MissingDataError, OptionError for what
    ships or is at work, StorageError.
    """
    settings = read_settings()
    if require(kind, KINDS, "kind") == "run":
        from ugrn_core.experiment.shelf import disk, labels

        run = labels.run_named(settings, name)
        called = disk.name_of(settings, run)
        disk.delete(settings, run)
        return called
    if kind == "reference":
        from ugrn_core.data.references import store as references

        return references.remove(settings.home, references.find(settings.home, name).mark).name
    from ugrn_core.data.own import store
    from ugrn_core.experiment.contexts import jobs

    one = store.find(settings.home, name)
    return store.remove(settings.home, one.id, jobs.leaving(settings, one.id)).name


def restore(kind: str, name: str) -> str:
    """Return the name of what was removed within a day and is back where it was; of several of one
    name the last.

    kind, name: as `remove`. Raises MissingDataError (with near matches), OptionError where its name
    was given to another one meanwhile, StorageError.
    """
    from ugrn_core import removed
    from ugrn_core.data.own import store
    from ugrn_core.data.references import store as references

    kinds = dict(zip(KINDS, (removed.CELLS, removed.REFERENCE, removed.RUN)))
    one = removed.find(read_settings().home, kinds[require(kind, KINDS, "kind")], name)
    back = {"cells": store.put_back, "reference": references.put_back}
    back.get(kind, removed.put_back)(one)
    return one.name
