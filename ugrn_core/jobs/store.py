"""The probe store: finished sources on disk, one zarr v3 group per question asked of a backbone.

Layout of ROOT/<key digest>/:
  zarr.json, vvp/, gdt/   arrays (G, T, G), axis 0 the source's panel position, one chunk a source;
                          no gdt/ where the backbone has no derivative
  done/<position>.json    written last: digests of the arrays; no such file, no result
  manifest.json           what the key stands for, sealed; checked on opening
  baseline.json           the baseline output (G,), with its digest
  claims                  locked byte by byte by processes at work; locks die with their owner

Nothing is written before a source is: a finished run can be read from a disk that cannot be
written. What is damaged is set aside and computed again; the curves have digests of their own, so
a damaged manifest or array header costs none of them.
ROOT is a folder, or the URL of an object store (`folders.py`), which has no claims.
"""

from __future__ import annotations

import hashlib
import json
import logging
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import zarr
from zarr.codecs import BloscCodec, Crc32cCodec
from zarr.errors import ContainsArrayError
from zarr.storage import MemoryStore

from ugrn_core.errors import StorageError
from ugrn_core.files import SEAL, check_format, sealed, unsealed
from ugrn_core.jobs.folders import Root, store_folder
from ugrn_core.types import SWEEP, Panel, ProbeSettings

FORMAT = 1  # of the key
MANIFEST_FORMAT = 2  # of manifest.json; 1 was not sealed, and is read
NAMES = ("vvp", "gdt")
Curve = tuple[np.ndarray, np.ndarray | None]  # (vvp, gdt), the latter where there is a derivative
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StoreKey:
    """Everything that changes a curve: the backbone's checksum, the panel, the settings, the
    version of the algorithm that computes it, and under the readout `masked` what a masked gene
    carries, which is no part of the checksum. tangents: whether there is a GDT beside the VVP."""

    backbone: str
    panel: Panel
    settings: ProbeSettings
    sweep: int = SWEEP
    mask_value: float | None = None
    tangents: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """The curves that are kept."""
        return NAMES if self.tangents else NAMES[:1]

    def __post_init__(self) -> None:
        if self.settings.readout == "masked" and self.mask_value is None:
            raise ValueError("curves under the readout masked depend on the mask value: give it")

    def describe(self) -> dict:
        """Return the key as plain JSON types, without the panel's symbols."""
        return {
            "format": FORMAT,
            "sweep": self.sweep,
            "backbone": self.backbone,
            "panel": self.panel.checksum,
            **self.settings.identity(),
            **({"mask_value": self.mask_value} if self.settings.readout == "masked" else {}),
            **({} if self.tangents else {"curves": list(self.names)}),
        }

    @cached_property
    def digest(self) -> str:
        """sha256, hex; the folder's name."""
        return hashlib.sha256(json.dumps(self.describe(), sort_keys=True).encode()).hexdigest()


class ProbeStore:
    """Curves of one key under `root`; safe for several processes at once.

    root: a folder, or an fsspec URL. A folder that holds something else is set aside; on an object
    store StorageError is raised. OptionError for a URL that cannot be opened here.
    """

    def __init__(self, root: Root, key: StoreKey) -> None:
        self.key = key
        self.folder = store_folder(root, key.digest)
        self._shape = (len(key.settings.grid), len(key.panel))
        self._dtype = np.dtype(key.settings.dtype).newbyteorder("<")
        self._arrays: dict[str, zarr.Array] = {}
        self._has_manifest = self._checked_manifest()

    def read(self, source: int) -> Curve | None:
        """Return (vvp, gdt) of the source at panel position `source`, both (T, G).

        None when absent; also when damaged, which is logged by name, so that it is computed again.
        """
        digests = self._marker(source)
        if digests is None:
            return None
        pair = []
        for name in self.key.names:
            array = self._chunk(name, source)
            if array is None or _digest(array) != digests.get(name):
                self._report_damage(name, source)
                return None
            pair.append(array)
        return pair[0], pair[1] if self.key.tangents else None

    def curve(self, source: int, target: int) -> Curve | None:
        """Return one pair's (vvp, gdt), both (T,); touches the source's chunk only."""
        pair = self.read(source)
        if pair is None:
            return None
        vvp, gdt = pair
        return vvp[:, target], None if gdt is None else gdt[:, target]

    def write(self, source: int, vvp: np.ndarray, gdt: np.ndarray | None = None) -> None:
        """Keep the (T, G) arrays, then mark the source done; raise StorageError."""
        if (gdt is not None) != self.key.tangents:
            raise ValueError(f"the curves {', '.join(self.key.names)} are kept here")
        given = (vvp, gdt) if self.key.tangents else (vvp,)
        pair = [np.ascontiguousarray(a, dtype=self._dtype) for a in given]
        if any(a.shape != self._shape for a in pair):
            raise ValueError(f"curves are {self._shape}; {[a.shape for a in pair]} came")
        self._prepare()
        self.folder.remove(_marker_name(source))
        for name in self.key.names:
            self.folder.make_way(_chunk_name(name, source))
        with self.folder.guarded("store the curves of", self.key.panel.genes[source]):
            for name, array in zip(self.key.names, pair):
                self._arrays[name][source] = array
        marker = {name: _digest(array) for name, array in zip(self.key.names, pair)}
        self.folder.write(_marker_name(source), json.dumps(marker).encode())

    @contextmanager
    def claim(self, source: int) -> Iterator[bool]:
        """Enter with True when no other process holds `source`; let it go on leaving."""
        with self.folder.claim(source) as mine:
            yield mine

    def done(self) -> list[int]:
        """Return the panel positions of the finished sources, ascending; chunks are not read."""
        stems = (n.removesuffix(".json") for n in self.folder.names("done") if n.endswith(".json"))
        return sorted(int(stem) for stem in stems if stem.isdigit())

    def read_baseline(self) -> np.ndarray | None:
        """Return the (G,) baseline output; None when absent or damaged."""
        try:
            record = json.loads(self.folder.read("baseline.json"))
            output = np.frombuffer(b64decode(record["output"]), self._dtype)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        sound = output.shape == self._shape[1:] and _digest(output) == record.get("digest")
        return output.astype(self._dtype.newbyteorder("=")) if sound else None

    def write_baseline(self, output: np.ndarray) -> None:
        """Keep the (G,) baseline output."""
        output = np.ascontiguousarray(output, dtype=self._dtype)
        record = {"output": b64encode(output.tobytes()).decode(), "digest": _digest(output)}
        self.folder.write("baseline.json", json.dumps(record).encode())

    def _checked_manifest(self) -> bool:
        """Return whether the manifest is there and sound; set aside what is not."""
        wanted = self._manifest()
        try:
            raw = self.folder.read("manifest.json")
            content = json.loads(raw)
            if content == wanted:  # of format 1
                return True
            if isinstance(content, dict) and SEAL in content:
                content = unsealed(raw)
                check_format({"format": content.pop("manifest", None)}, MANIFEST_FORMAT, str(self))
        except FileNotFoundError:
            return False
        except (OSError, ValueError, RecursionError) as error:
            self.folder.set_aside("manifest.json", str(error))
            return False
        if content == wanted:
            return True
        self.folder.set_aside("", "its manifest describes something else")
        return False

    def __str__(self) -> str:
        return f"The probe store {self.folder}"

    def _manifest(self) -> dict:
        return self.key.describe() | {"genes": list(self.key.panel.genes)}

    def _prepare(self) -> None:
        """Have a manifest and both arrays, before anything is written."""
        if not self._has_manifest:
            content = {"manifest": MANIFEST_FORMAT, **self._manifest()}
            self.folder.write("manifest.json", sealed(content))
            self._has_manifest = True
        for name in self.key.names:
            if self._array(name) is None:
                self._create(name)
                if self._array(name) is None:
                    raise StorageError(
                        f"The array {name} of {self.folder} cannot be made. Check the disk."
                    )

    def _array(self, name: str) -> zarr.Array | None:
        """Return the array `name`, None where there is none; a damaged header is set aside."""
        if name in self._arrays:
            return self._arrays[name]
        header = f"{name}/zarr.json"
        if not self.folder.is_readable(header):
            self.folder.set_aside(header, "it is no plain file")
            return None
        try:
            array = zarr.open_array(self.folder.array(name), mode="r+", zarr_format=3)
            sound = _header(array) == self._sound_header
        except FileNotFoundError:
            return None
        except StorageError:
            raise
        except Exception:  # what zarr raises on a damaged header has no root of its own
            sound = False
        if not sound:
            self.folder.set_aside(header, "it is not the header of this array")
            return None
        self._arrays[name] = array
        return array

    @cached_property
    def _sound_header(self) -> str:
        return _header(zarr.create_array(MemoryStore(), **self._shape_on_disk()))

    def _shape_on_disk(self) -> dict:
        return {
            "shape": (len(self.key.panel), *self._shape),
            "chunks": (1, *self._shape),
            "dtype": np.dtype(self.key.settings.dtype),
            "compressors": [BloscCodec(cname="zstd", clevel=3), Crc32cCodec()],
            "fill_value": np.nan,
            "dimension_names": ("source", "value", "target"),
        }

    def _create(self, name: str) -> None:
        """Make the array `name`; racing makers write the same bytes."""
        self.folder.make_way(f"{name}/zarr.json")
        with self.folder.guarded("make the store's array", name), suppress(ContainsArrayError):
            zarr.create_array(self.folder.array(name), **self._shape_on_disk())

    def _marker(self, source: int) -> dict | None:
        try:
            digests = json.loads(self.folder.read(_marker_name(source)))
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            digests = None
        if not isinstance(digests, dict):
            self._report_damage("done", source)
            return None
        return digests

    def _chunk(self, name: str, source: int) -> np.ndarray | None:
        array = self._array(name)
        if array is None or not self.folder.is_readable(_chunk_name(name, source)):
            return None
        try:
            return np.asarray(array[source])
        except (OSError, ValueError, RuntimeError):  # what the codecs raise on broken bytes
            return None

    def _report_damage(self, name: str, source: int) -> None:
        log.warning(
            "%s of %s in %s is damaged; it will be computed again.",
            name,
            self.key.panel.genes[source],
            self.folder,
        )


def _chunk_name(name: str, source: int) -> str:
    return f"{name}/c/{source}/0/0"


def _header(array: zarr.Array) -> str:
    """Return what an array's header says, as text to compare: NaN is not equal to itself."""
    return json.dumps(array.metadata.to_dict(), sort_keys=True, default=str)


def _marker_name(source: int) -> str:
    return f"done/{source}.json"


def _digest(array: np.ndarray) -> str:
    """blake2b of the little-endian bytes, 16 bytes, hex."""
    little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    return hashlib.blake2b(little.data.cast("B"), digest_size=16).hexdigest()
