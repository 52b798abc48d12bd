"""One frozen Settings, read from the environment by entry points only."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ugrn_core.errors import OptionError, StorageError

PACKAGE = Path(__file__).resolve().parent
INSTALLED = PACKAGE / "shipped"  # a wheel puts there what a checkout has beside the package
DISK = 20_000_000_000  # bytes
SHORTEST_SECRET = 12
PRIVATE, SHARED = "private", "shared"  # UGRN_SERVE: each visitor apart, or all in common
VISITORS = "visitors"  # folder of the homes of visitors who are kept apart
PLACES = ("UGRN_HOME", "UGRN_ASSETS", "UGRN_BEELINE", "UGRN_ORTHOLOGS")
SEVERAL = ("UGRN_BACKBONES", "UGRN_DATA")  # folders, separated like PATH


@dataclass(frozen=True)
class Limits:
    """What a visitor of a served dashboard may use: jobs that wait or work at a time
    (UGRN_SERVE_JOBS), genes of a panel (UGRN_SERVE_GENES), bytes on disk (UGRN_SERVE_MB, in MB),
    things begun an hour that make the server work (UGRN_SERVE_HOURLY)."""

    jobs: int = 2
    genes: int = 2000
    bytes: int = 1_000_000_000
    hourly: int = 120


@dataclass(frozen=True)
class Settings:
    """Where things are on this machine.

    home: results, jobs and downloads of this user (UGRN_HOME, default ~/.cache/ugrn).
    assets: what ships with the project (UGRN_ASSETS). beeline: a folder with BEELINE's data, if
    there is one (UGRN_BEELINE). orthologs: a CSV of human and mouse symbols (UGRN_ORTHOLOGS).
    backbones: further checkpoint folders (UGRN_BACKBONES, separated like PATH). workers: processes
    that probe (UGRN_WORKERS, default one a core). store: URL of the probe store where it is not in
    `home` (UGRN_STORE, such as s3://bucket/prefix). device: where sweeps compute (UGRN_DEVICE: cpu,
    cuda, cuda:N or auto). standby: whether the dashboard keeps a process ready for the next run
    (UGRN_STANDBY=0: no). hub: where published models are fetched from (HF_ENDPOINT, the variable
    of the hub's own clients, for mirrors). slots: jobs at work at a time on this machine while
    others wait in line (UGRN_JOBS, default one for two cores). data: folders whose files a page may
    be told to read (UGRN_DATA, separated like PATH). shared: whether data sets that one user of the
    dashboard adds are everybody's (UGRN_SHARED=1: yes; also UGRN_SERVE=shared). disk: bytes that
    curves may take before those used longest ago are cleared away (UGRN_DISK, in gigabytes, default
    20). serve: how the dashboard serves others (UGRN_SERVE: private or shared; None: this machine's
    person only), within `limits`. common: the home of all, where `home` is one visitor's.
    keep_days: days without a visit after which a visitor's home is deleted where visitors are kept
    apart (UGRN_KEEP_DAYS, default never). secret: what every visitor must know (UGRN_SECRET, 12
    characters or more).
    """

    home: Path
    assets: Path
    beeline: Path | None = None
    orthologs: Path | None = None
    backbones: tuple[Path, ...] = ()
    workers: int | None = None
    store: str | None = None
    device: str = "cpu"
    standby: bool = True
    hub: str = "https://huggingface.co"
    slots: int | None = None
    data: tuple[Path, ...] = ()
    shared: bool = False
    disk: int = DISK
    serve: str | None = None
    limits: Limits | None = None
    common: Path | None = None
    keep_days: int | None = None
    secret: str = field(default="", repr=False)

    @property
    def line(self) -> Path:
        """Where jobs of this machine stand in line, whosever they are."""
        return self.common or self.home

    @property
    def probes(self) -> Path | str:
        """The probe store: a folder, or the URL of an object store."""
        return self.store or self.home / "probes"

    @property
    def runs(self) -> Path:
        """Folder of finished edge tables."""
        return self.home / "runs"

    @property
    def shipped_runs(self) -> Path:
        """Folder of the finished runs that ship."""
        return self.assets / "runs"

    @property
    def jobs(self) -> Path:
        """Folder of jobs and their states."""
        return self.home / "jobs"


def shipped(name: str) -> Path:
    """Return where a file or folder lies that ships beside the code: assets, pages, README.md,
    streamlit_app.py. In the checkout, or in the package where a wheel brought it."""
    return (INSTALLED if INSTALLED.is_dir() else PACKAGE.parent) / name


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of this process; nothing is created.

    Raises OptionError for a number that is none, StorageError where UGRN_HOME cannot be a folder.
    """
    env = os.environ if environ is None else environ
    cache = Path(env.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    home = Path(env.get("UGRN_HOME") or cache / "ugrn").expanduser()
    variable = "UGRN_HOME" if env.get("UGRN_HOME") else "XDG_CACHE_HOME"
    _require_folder(home, variable, env.get(variable) or str(cache))
    fetched = home / "beeline"
    beeline = env.get("UGRN_BEELINE") or (str(fetched) if fetched.is_dir() else None)
    return Settings(
        home=home,
        assets=Path(env.get("UGRN_ASSETS") or shipped("assets")),
        beeline=Path(beeline).expanduser() if beeline else None,
        orthologs=Path(env["UGRN_ORTHOLOGS"]).expanduser() if env.get("UGRN_ORTHOLOGS") else None,
        backbones=_folders(env, "UGRN_BACKBONES"),
        workers=_count(env, "UGRN_WORKERS", "processes"),
        slots=_count(env, "UGRN_JOBS", "jobs at a time"),
        store=env.get("UGRN_STORE") or None,
        device=env.get("UGRN_DEVICE") or "cpu",
        standby=env.get("UGRN_STANDBY") != "0",
        hub=env.get("HF_ENDPOINT") or Settings.hub,
        data=_folders(env, "UGRN_DATA"),
        shared=env.get("UGRN_SHARED") == "1" or _serve(env) == SHARED,
        disk=_disk(env),
        serve=_serve(env),
        limits=_limits(env) if _serve(env) else None,
        keep_days=_count(env, "UGRN_KEEP_DAYS", "days"),
        secret=_secret(env),
    )


def _gigabytes(env: Mapping[str, str], name: str) -> int:
    """Return the bytes that a variable gives in gigabytes; raise OptionError for no such number."""
    text = env.get(name)
    if not text:
        return DISK
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 < number < 1e6:
        raise OptionError(
            f"{name} is a number of gigabytes, such as 20 or 0.5; '{text[:20]}' came."
        )
    return int(number * 1e9)


def absolute_places(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that name files or folders, as absolute paths: for a process that is
    about to change its directory."""

    def absolute(text: str) -> str:
        return str(Path(text).expanduser().absolute())

    places = {name: absolute(environ[name]) for name in PLACES if environ.get(name)}
    for name in SEVERAL:
        if folders := [absolute(p) for p in environ.get(name, "").split(os.pathsep) if p]:
            places[name] = os.pathsep.join(folders)
    return places


def _folders(env: Mapping[str, str], name: str) -> tuple[Path, ...]:
    return tuple(Path(p).expanduser() for p in env.get(name, "").split(os.pathsep) if p)


def _require_folder(home: Path, variable: str, given: str) -> None:
    """Raise StorageError where `home`, or what should hold it, is there and no folder."""
    place = home
    while not os.path.lexists(place) and place != place.parent:
        place = place.parent
    if os.path.lexists(place) and not place.is_dir():
        where = "it" if place == home else f"'{place}'"
        raise StorageError(
            f"{variable} gives '{given}' as the folder for results, and {where} is not a folder. "
            f"Set {variable} to a folder, or to a name that is free."
        )


def is_beyond(address: str) -> bool:
    """Return whether a server at `address` can be reached from other machines; empty is all."""
    if address == "localhost":
        return False
    try:
        return not ipaddress.ip_address(address).is_loopback
    except ValueError:  # some other name
        return True


def require_serve(settings: Settings, address: str) -> None:
    """Raise OptionError where others can reach the dashboard and nobody said how to serve them."""
    if is_beyond(address) and settings.serve is None:
        raise OptionError(
            f"At the address '{address[:60]}' others can reach this dashboard, and see, start and "
            "cancel everything in it. Set UGRN_SERVE=private to keep visitors apart, "
            "UGRN_SERVE=shared to have all in common, or serve localhost only (docs/serving.md)."
        )


def _serve(env: Mapping[str, str]) -> str | None:
    how = env.get("UGRN_SERVE") or None
    if how not in (None, PRIVATE, SHARED):
        raise OptionError(f"UGRN_SERVE is {PRIVATE} or {SHARED}; '{how[:20]}' came.")
    return how


def _secret(env: Mapping[str, str]) -> str:
    """Return the visitors' secret; raise OptionError, which does not repeat it, for a short one."""
    secret = env.get("UGRN_SECRET", "")
    if secret and len(secret) < SHORTEST_SECRET:
        raise OptionError(
            f"UGRN_SECRET has {SHORTEST_SECRET} characters or more; {len(secret)} came. Make one: "
            "python -c 'import secrets; print(secrets.token_urlsafe(18))'"
        )
    return secret


def _disk(env: Mapping[str, str]) -> int:
    """Return the bytes that curves may take: where others are served, so few that they are cleared
    away before somebody is refused."""
    most = _gigabytes(env, "UGRN_DISK")
    return min(most, _limits(env).bytes // 2) if _serve(env) else most


def _limits(env: Mapping[str, str]) -> Limits:
    jobs = _count(env, "UGRN_SERVE_JOBS", "jobs") or Limits.jobs
    genes = _count(env, "UGRN_SERVE_GENES", "genes") or Limits.genes
    most = _count(env, "UGRN_SERVE_MB", "megabytes")
    hourly = _count(env, "UGRN_SERVE_HOURLY", "things an hour") or Limits.hourly
    return Limits(jobs, genes, most * 1_000_000 if most else Limits.bytes, hourly)


def _count(env: Mapping[str, str], name: str, what: str) -> int | None:
    text = env.get(name)
    if not text:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise OptionError(f"{name} is a number of {what}, 1 or more; '{text[:20]}' came.")
    return int(text)
