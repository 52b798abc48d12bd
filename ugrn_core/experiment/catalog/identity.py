"""What a backbone is, known without its weights: checksum, vocabulary, defaults.

To learn this from a checkpoint takes PyTorch and a second or more. So it is kept under UGRN_HOME
for as long as no file of the folder changes in name, size or time. A backbone that ships brings it
along in `identity.json`, which is believed of files with the very sha256 that it names.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import MISSING, asdict, dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.backbones.base import BackboneDefaults, Sweep
from ugrn_core.backbones.vocabulary import Vocabulary, read_vocabulary
from ugrn_core.errors import CheckpointError, StorageError
from ugrn_core.experiment.catalog import backbones
from ugrn_core.files import read_bounded, sealed, unsealed, write_own
from ugrn_core.settings import Settings
from ugrn_core.types import Panel, ProbeSettings, ValueScale

if TYPE_CHECKING:
    import torch

    from ugrn_core.backbones.base import Backbone

FORMAT = 1
SHIPPED = "identity.json"
MOST_BYTES = 64_000_000
# What probes and the lab look for on a backbone, beside the contract.
BEYOND = ("perturb", "mean_attention", "values_at", "place_of")
Stamp = tuple[tuple[str, int, int], ...]  # (name, bytes, time in ns) of each file


@dataclass(frozen=True, eq=False)
class KnownBackbone:
    """A `base.Backbone` whose weights are opened when something is first computed with them.

    has_control: whether the same network with random weights can be drawn to compare with.
    """

    name: str
    folder: Path
    device: str
    is_control: bool
    has_control: bool
    kind: str
    checksum: str
    vocabulary: Vocabulary
    defaults: BackboneDefaults
    files: dict[str, str]
    ignored: tuple[str, ...]
    description: dict

    def __getattr__(self, name: str) -> object:
        """What some backbones can beside the contract: asked of the weights, once it is asked."""
        if name in BEYOND:
            return getattr(self.opened, name)
        raise AttributeError(name)

    def describe(self) -> dict:
        """See `base.Backbone.describe`."""
        return self.description | {"name": self.name}

    @property
    def opened(self) -> Backbone:
        """The backbone with its weights; raise CheckpointError when they are no longer these,
        MissingDataError where PyTorch is not installed."""
        where = self.folder, self.name, self.is_control, self.device
        backbone = backbones.open_folder(*where)
        if backbone.checksum != self.checksum:  # read before the files changed
            backbones.open_folder.cache_clear()
            backbone = backbones.open_folder(*where)
        if backbone.checksum != self.checksum:
            raise CheckpointError(
                f"The weights of {self.name} have changed while they were in use. Begin again."
            )
        return backbone

    def reconstruct(
        self,
        panel: Panel,
        values: torch.Tensor,
        readout: str = "visible",
        cls: float | None = 0.0,
        targets: torch.Tensor | None = None,
        **more: object,
    ) -> torch.Tensor:
        """See `base.Backbone.reconstruct`. more: what it alone is told, such as depth."""
        return self.opened.reconstruct(panel, values, readout, cls, targets, **more)

    def gene_embedding(self, panel: Panel) -> np.ndarray:
        """See `base.Backbone.gene_embedding`."""
        return self.opened.gene_embedding(panel)

    def sweep(self, panel: Panel, settings: ProbeSettings) -> Sweep:
        """See `base.Backbone.sweep`."""
        return self.opened.sweep(panel, settings)

    def attention(self, panel: Panel, values: torch.Tensor, cls: float | None = 0.0) -> np.ndarray:
        """See `base.Backbone.attention`."""
        return self.opened.attention(panel, values, cls)


def known(name: str, settings: Settings) -> KnownBackbone:
    """Return the backbone called `name`, or in the folder `name`, without opening its weights
    where they were opened before; the same object for as long as no file changes.

    Raises UnknownNameError, CheckpointError, or MissingDataError where it is not known yet and
    PyTorch, which would read it, is not installed.
    """
    where = backbones.placed(name, settings)
    places = settings.home, settings.assets
    return _known(places, where, settings.device, stamp(where.folder))


def remembered(folder: Path, settings: Settings) -> KnownBackbone | None:
    """Return the backbone in `folder` as it was known when it was last opened here, or as it ships;
    None where it never was, or its files changed since: no weights are opened."""
    where = backbones.Place(folder)
    record = _kept(settings.home, settings.assets, where, stamp(folder))
    return None if record is None else _backbone(record, where, settings.device)


@lru_cache(maxsize=16)
def _known(
    places: tuple[Path, Path], where: backbones.Place, device: str, now: Stamp
) -> KnownBackbone:
    return _backbone(_record(*places, where, now), where, device)


def _backbone(record: dict, where: backbones.Place, device: str) -> KnownBackbone:
    return KnownBackbone(
        name=where.name or str(record["name"]),
        folder=where.folder,
        device=device,
        is_control=where.is_control,
        has_control=bool(record["has_weights"]) and not where.is_control,
        kind=str(record["kind"]),
        checksum=str(record["checksum"]),
        vocabulary=_vocabulary(record["vocabulary"], where.folder),
        defaults=_defaults(record["defaults"]),
        files=dict(record["files"]),
        ignored=tuple(record["ignored"]),
        description=dict(record["description"]),
    )


def stamp(folder: Path) -> Stamp:
    """Return what changes when a file of `folder` does."""
    with suppress(OSError):
        files = ((p.name, p.stat()) for p in folder.iterdir() if p.is_file())
        return tuple(sorted((name, s.st_size, s.st_mtime_ns) for name, s in files))
    return ()


def identity_of(folder: Path) -> bytes:
    """Return the content of `identity.json` for a backbone that ships, with its random control."""
    content = {
        "learned": _told(backbones.open_folder(folder)),
        "control": _told(backbones.open_folder(folder, None, True)),
    }
    return sealed({"format": FORMAT, **content})


def _record(home: Path, assets: Path, where: backbones.Place, now: Stamp) -> dict:
    """Return what is kept, what ships or, where neither is so, what the weights say."""
    record = _kept(home, assets, where, now)
    if record is None:
        backbones.open_folder.cache_clear()  # another model may have lain under this very path
        record = _told(backbones.open_folder(where.folder, where.name, where.is_control))
        _keep(home, where, now, record)
    return record


def _kept(home: Path, assets: Path, where: backbones.Place, now: Stamp) -> dict | None:
    """Return what is kept or ships; None where neither is so."""
    entry = _read(_path(home, where))
    if entry.get("stamp") == [list(file) for file in now] and _is_whole(entry.get("record")):
        return entry["record"]
    record = _shipped(assets, where)
    if record is not None:
        _keep(home, where, now, record)
    return record


def _keep(home: Path, where: backbones.Place, now: Stamp, record: dict) -> None:
    told = {"format": FORMAT, "stamp": [list(file) for file in now], "record": record}
    with suppress(StorageError):  # a disk that takes nothing: learned again next time
        write_own(_path(home, where), sealed(told))


def _path(home: Path, where: backbones.Place) -> Path:
    what = f"{where.folder.absolute()}|{where.is_control}"
    return home / "identities" / f"{hashlib.sha256(what.encode()).hexdigest()[:24]}.json"


def _read(path: Path) -> dict:
    """Return a file that this module wrote; empty where it is not there, damaged or of another
    format: it is then made again."""
    try:
        content = unsealed(read_bounded(path, MOST_BYTES))
    except (StorageError, ValueError):
        return {}
    return content if content.get("format") == FORMAT else {}


def _shipped(assets: Path, where: backbones.Place) -> dict | None:
    if where.folder.parent.absolute() != (assets / "backbones").absolute():
        return None  # anybody may have written it: it could name the weights of another backbone
    content = _read(where.folder / SHIPPED)
    learned = _with_new_fields(content.get("learned"))
    if not _is_whole(learned):
        return None
    for name, sha256 in learned["files"].items():
        try:
            with (where.folder / name).open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                    return None
        except OSError:
            return None
    record = _with_new_fields(content.get("control")) if where.is_control else learned
    return record if _is_whole(record) else None


def _told(backbone: Backbone) -> dict:
    """Return what a backbone says of itself, as plain JSON types."""
    defaults = asdict(backbone.defaults) | {"value_scale": backbone.defaults.value_scale.name}
    told = {
        "name": backbone.name,
        "kind": backbone.kind,
        "checksum": backbone.checksum,
        "files": dict(backbone.files),
        "ignored": list(backbone.ignored),
        "has_weights": hasattr(backbone, "weights"),
        "description": backbone.describe(),
        "defaults": defaults,
        "vocabulary": backbone.vocabulary.to_json(),
    }
    with suppress(CheckpointError):  # most read their tokens from this very file: not kept twice
        if read_vocabulary(backbone.folder / "vocab.json").to_json() == told["vocabulary"]:
            told["vocabulary"] = None
    return json.loads(json.dumps(told))


def _with_new_fields(record: object) -> object:
    """Return a record that ships with what its defaults lack, capabilities younger than it: those
    are declared with the value that an older backbone has."""
    if not isinstance(record, dict) or not isinstance(record.get("defaults"), dict):
        return record
    new = {f.name: f.default for f in fields(BackboneDefaults) if f.default is not MISSING}
    return record | {"defaults": new | record["defaults"]}


def _is_whole(record: object) -> bool:
    wanted = {"name", "kind", "checksum", "files", "ignored", "has_weights"}
    wanted |= {"description", "defaults", "vocabulary"}
    names = {f.name for f in fields(BackboneDefaults)}
    whole = isinstance(record, dict) and set(record) == wanted
    return whole and set(record["defaults"]) == names


def _vocabulary(told: dict | None, folder: Path) -> Vocabulary:
    return read_vocabulary(folder / "vocab.json") if told is None else Vocabulary.from_json(told)


def _defaults(told: dict) -> BackboneDefaults:
    values = {name: tuple(v) if isinstance(v, list) else v for name, v in told.items()}
    return BackboneDefaults(**values | {"value_scale": ValueScale[told["value_scale"]]})
