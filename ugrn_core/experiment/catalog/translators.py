"""Trained translators of a backbone, and the probabilities they give."""

from __future__ import annotations

import os
import re
import time
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from ugrn_core.errors import CheckpointError
from ugrn_core.files import read_plain, set_aside
from ugrn_core.registry import require
from ugrn_core.settings import Settings
from ugrn_core.translators.stacked import STACKED
from ugrn_core.translators.storage import load_translator
from ugrn_core.translators.translator_set import TranslatorSet

PROBES = ("vvp", "gdt", STACKED)  # a folder holds the translators of some of these
STAMP_SECONDS = 1.0
FEW_SOURCES = 8  # below, what is centred over the sources is mostly noise
DEFAULT = "default"  # a file of this name holds the name of the translator to use unasked


def translators(settings: Settings, backbone: str) -> tuple[str, ...]:
    """Return the names of the translators trained for `backbone`, the default one first."""
    names = {
        p.parent.name
        for root in _roots(settings, backbone)
        for probe in PROBES
        for p in root.glob(f"*/{probe}.safetensors")
    }
    first = _default(settings, backbone)
    if first not in names:
        first = min(names, key=_rank, default=None)
    return tuple(sorted(names, key=lambda n: (n != first, n)))


def of_weights(settings: Settings, backbone: str, checksum: str) -> tuple[str, ...]:
    """Return those of `translators` that were trained on the weights with `checksum`: a name may
    have been another model's before. One that cannot be read counts, so that what is wrong with
    it is said where it is used."""
    roots, now = _roots(settings, backbone), stamp(settings)

    def fits(name: str) -> bool:
        folder = next(r / name for r in roots if _holds_one(r / name))
        return _trained_on(folder, now) in (checksum, None)

    return tuple(filter(fits, translators(settings, backbone)))


@lru_cache(maxsize=256)
def _trained_on(folder: Path, stamp: int) -> str | None:
    """Return the checksum of the weights that the translator in `folder` was trained on."""
    path = next(p for p in (folder / f"{probe}.safetensors" for probe in PROBES) if p.is_file())
    with suppress(CheckpointError):
        return load_translator(path)[1].backbone_checksum
    return None


def _rank(name: str) -> tuple[bool, bool, str]:
    """STRING's stacked translator comes first, as among those that ship, then others of STRING."""
    return not name.endswith("-STRING-stacked"), "-STRING-" not in name, name


def folder_name(name: str) -> str:
    """Return `name` as the name of one folder: it may come from a file, and must not lead away."""
    plain = re.sub(r"[^A-Za-z0-9._+-]", "-", name)[:100].lstrip(".")
    return plain or "unnamed"


def stamp(settings: Settings) -> int:
    """Return a number that changes, within a second, when a translator is added, trained again or
    removed. Pages ask for it several times: looking takes longer than what they ask it for."""
    return _stamp(settings.home, settings.assets, int(time.monotonic() / STAMP_SECONDS))


@lru_cache(maxsize=8)
def _stamp(home: Path, assets: Path, when: int) -> int:
    files = (
        path
        for root in (home, assets)
        for pattern in ("*/*/*.safetensors", f"*/{DEFAULT}")
        for path in (root / "translators").glob(pattern)
    )
    return hash(tuple(sorted((str(p), p.stat().st_mtime_ns) for p in files)))


def _roots(settings: Settings, backbone: str) -> tuple[Path, ...]:
    name = folder_name(backbone)
    return tuple(r / "translators" / name for r in (settings.home, settings.assets))


def _default(settings: Settings, backbone: str) -> str | None:
    for root in _roots(settings, backbone):
        with suppress(OSError, ValueError):  # none there, or nothing that is a name
            return read_plain(root / DEFAULT, 1000).decode().strip()
    return None


def load(
    settings: Settings,
    backbone: str,
    checksum: str,
    name: str | None = None,
    sources: int = FEW_SOURCES,
    *,
    tangents: bool = True,
) -> TranslatorSet | None:
    """Return the translator `name` (default: the default one) of `backbone`.

    tangents: whether the backbone has a derivative; else its translators read responses alone.
    sources: how many regulators are probed together. The default translator may compare them with
    each other; with fewer than FEW_SOURCES the paper's of the same network is taken in its place.

    Without a name None is returned where there is none for these weights; with one,
    UnknownNameError or, when it was trained on other weights, CheckpointError is raised.
    """
    unasked = name is None
    known = translators(settings, backbone)
    if unasked and not known:
        return None
    name = _unasked(known, sources) if unasked else _asked(name, known, backbone)
    roots = _roots(settings, backbone)
    folder = next(r / name for r in roots if _holds_one(r / name))
    try:
        loaded = _read(folder, stamp(settings), tangents)
    except CheckpointError as error:
        if not (unasked and settings.home in folder.parents and _put_away(folder, error)):
            raise
        return load(settings, backbone, checksum, None, sources, tangents=tangents)
    if unasked and any(card.backbone_checksum != checksum for card in loaded.cards.values()):
        return None
    _check_weights(loaded, backbone, checksum)
    return loaded


def _check_weights(loaded: TranslatorSet, backbone: str, checksum: str) -> None:
    for probe, card in loaded.cards.items():
        if card.backbone_checksum != checksum:
            raise CheckpointError(
                f"The {probe} translator '{loaded.name}' was trained on other weights of "
                f"{backbone} ({card.backbone_checksum[:12]}, not {checksum[:12]}). Train it again."
            )


def _put_away(folder: Path, error: CheckpointError) -> bool:
    """Set aside the translator in `folder`, which cannot be read, and return whether it is gone:
    what the user made is kept there, and does not keep every page from being drawn."""
    for probe in PROBES:
        clear = folder / f"{probe}.safetensors"
        if os.path.lexists(clear):
            set_aside(clear, str(error))
    return not _holds_one(folder)


def _holds_one(folder: Path) -> bool:
    return any((folder / f"{probe}.safetensors").is_file() for probe in PROBES)


def damaged(settings: Settings, backbone: str) -> tuple[str, ...]:
    """Return the names of the user's translators of `backbone` that were set aside and not trained
    anew since."""
    root = settings.home / "translators" / folder_name(backbone)
    asides = root.glob("*/*.safetensors.damaged-1")
    names = {p.parent.name for p in asides if not list(p.parent.glob("*.safetensors"))}
    return tuple(sorted(names))


def _asked(name: str, known: tuple[str, ...], backbone: str) -> str:
    none = "none: train one with the benchmark command"
    return require(name, known, "translator", f" for the backbone {backbone}", none=none)


def _unasked(known: tuple[str, ...], sources: int) -> str:
    """Return the default translator, or for few sources the paper's of the same network."""
    plain = f"{known[0].rpartition('-')[0]}-paper"
    return plain if sources < FEW_SOURCES and plain in known else known[0]


@lru_cache(maxsize=8)
def _read(folder: Path, stamp: int, tangents: bool) -> TranslatorSet:
    files = {probe: folder / f"{probe}.safetensors" for probe in PROBES}
    if not tangents:
        files = {"vvp": files["vvp"]}
    elif files["vvp"].is_file() or files["gdt"].is_file():  # never one of the two alone
        del files[STACKED]
    else:
        files = {STACKED: files[STACKED]}
    pairs = {probe: load_translator(path) for probe, path in files.items()}
    return TranslatorSet(
        folder.name, {p: m for p, (m, _) in pairs.items()}, {p: c for p, (_, c) in pairs.items()}
    )
