"""A training run's folder: `training.json` what it is, `state.pt` to go on, `log.jsonl` losses."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch

from ugrn_core.errors import CheckpointError, OptionError, StorageError
from ugrn_core.files import disk_errors, write_atomically, writing

FREE = ("steps", "decay")  # settings that a run may change when it goes on


class RunFolder:
    """Reads and writes `folder`; nothing here knows the network."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def has_state(self) -> bool:
        """Whether there is something to go on from."""
        return (self.folder / "state.pt").is_file()

    def noted(self, setting: str) -> object | None:
        """Return what the run in the folder notes of a setting, None if there is none."""
        path = self.folder / "training.json"
        return _settings_of(path).get(setting) if path.is_file() else None

    def check_same_run(self, now: Mapping, unsaid: Mapping, write: bool = True) -> None:
        """Refuse to go on with other settings or another corpus; keep `now`.

        unsaid: what earlier versions did not note, as it was then. Raises OptionError.
        """
        path = self.folder / "training.json"
        if path.is_file():
            then = _filled_in(_settings_of(path), unsaid)
            changed = [k for k in now if k not in FREE and then.get(k) != now[k]]
            if changed:
                raise OptionError(
                    f"'{self.folder}' holds a run with another {', '.join(changed)}. "
                    "Resume it with the same settings, or choose another run folder."
                )
        if write:
            write_atomically(path, json.dumps(now, indent=2).encode())

    def load(self, device: torch.device) -> dict:
        """Return what `save` kept; raise CheckpointError when it is damaged."""
        path = self.folder / "state.pt"
        try:
            return torch.load(path, map_location=device, weights_only=True)
        except Exception as error:  # torch raises many kinds for a damaged or foreign file
            raise self.foreign(error) from error

    def foreign(self, error: Exception) -> CheckpointError:
        """Return the error for a state that is not of this run."""
        return CheckpointError(
            f"'{self.folder / 'state.pt'}' is not the state of this run "
            f"({type(error).__name__}). Delete it to start anew, or choose another run folder."
        )

    def save(self, state: Mapping) -> None:
        """Write `state.pt`, whole or not at all; raise StorageError."""
        with writing(self.folder / "state.pt") as file:
            try:
                torch.save(dict(state), file)
            except RuntimeError as error:  # torch's own, over what the disk said
                if isinstance(error.__context__, OSError):
                    raise error.__context__ from error
                raise

    def log(self, row: Mapping) -> None:
        """Add a line to `log.jsonl`."""
        path = self.folder / "log.jsonl"
        with disk_errors(path, "write"), path.open("a") as f:
            f.write(json.dumps(dict(row)) + "\n")

    def history(self) -> Iterator[dict]:
        """Yield the logged rows."""
        path = self.folder / "log.jsonl"
        if path.is_file():
            yield from (json.loads(line) for line in path.read_text().splitlines())


def _filled_in(noted: Mapping, unsaid: Mapping) -> dict:
    """Return `noted` and what it leaves unsaid, within its groups of settings too."""
    groups = {k: {**unsaid[k], **v} for k, v in noted.items() if isinstance(unsaid.get(k), dict)}
    return {**unsaid, **noted, **groups}


def _settings_of(path: Path) -> dict:
    try:
        then = json.loads(path.read_text())
    except ValueError as error:
        raise StorageError(f"'{path}' is damaged ({error}). Choose another run folder.") from error
    return then if isinstance(then, dict) else {}
