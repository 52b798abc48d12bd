"""The command line: the same verbs as the pages. `python -m ugrn_core --help`."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable
from typing import NoReturn

from ugrn_core.errors import NO_MEMORY, InputError, UGRNError, memory_ran_out
from ugrn_core.registry import Registry

try:
    import typer
    from typer.core import TyperGroup
except (ImportError, MemoryError) as _error:  # libraries ask for memory as they are imported
    if not memory_ran_out(_error):
        raise
    raise SystemExit(f"Error: {NO_MEMORY}") from None

VERBS: Registry[Callable | typer.Typer] = Registry(
    "command",
    {
        "backbones": "ugrn_core.commands.backbones:app",
        "probe": "ugrn_core.commands.probe:probe",
        "network": "ugrn_core.commands.network:network",
        "explain": "ugrn_core.commands.biology:explain",
        "drives": "ugrn_core.commands.biology:drives",
        "knock-out": "ugrn_core.commands.biology:knock_out",
        "contexts": "ugrn_core.commands.contexts:contexts",
        "signs": "ugrn_core.commands.biology:signs",
        "atlas": "ugrn_core.commands.atlas:atlas",
        "benchmark": "ugrn_core.commands.benchmark:benchmark",
        "report": "ugrn_core.commands.benchmark:report",
        "reproduce": "ugrn_core.commands.reproduce:app",
        "data": "ugrn_core.commands.data:app",
        "references": "ugrn_core.commands.references:app",
        "runs": "ugrn_core.commands.runs:app",
        "bench": "ugrn_core.commands.bench:app",
        "pretrain": "ugrn_core.commands.pretrain:pretrain",
        "validate": "ugrn_core.commands.validate:validate",
        "app": "ugrn_core.commands.app:app",
        "job": "ugrn_core.commands.job:job",
        "standby": "ugrn_core.commands.job:standby",
    },
)
_COMPUTING = {"probe", "network", "atlas", "benchmark", "bench", "pretrain", "validate"}
_HIDDEN = {"job", "standby"}  # what pages start
_PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True}  # to Streamlit


class _Verbs(TyperGroup):
    """The verbs of VERBS: a verb's module is imported when it is asked for, or for --help."""

    def __init__(self, **attributes: object) -> None:
        super().__init__(**attributes)
        self.commands = dict.fromkeys(VERBS)  # the names, for "did you mean"

    def get_command(self, ctx: object, cmd_name: str) -> object:
        return _command(cmd_name) if cmd_name in VERBS else None


def _command(name: str) -> object:
    try:
        verb = VERBS[name]
    except (ImportError, MemoryError) as error:  # libraries ask for memory as they are imported
        if not memory_ran_out(error):
            raise
        os.write(2, f"Error: {NO_MEMORY}\n".encode())
        os._exit(1)  # at once: half-imported libraries would fill the screen as they end
    if not isinstance(verb, typer.Typer):
        single = typer.Typer(add_completion=False)
        more = {"context_settings": _PASSED_ON} if name == "app" else {}
        single.command(name, hidden=name in _HIDDEN, **more)(verb)
        verb = single
    command = typer.main.get_command(verb)
    command.name = name
    return command


app = typer.Typer(
    cls=_Verbs, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False
)


@app.callback()
def ugrn() -> None:
    """Read gene regulatory knowledge out of frozen single-cell foundation models.

    Start with `backbones`, then `network --backbone NAME --panel genes.txt --out edges.tsv`, where
    genes.txt holds one gene symbol a line.
    """


def main() -> None:
    """Run the command; what the user can mend is one sentence and exit code 2, Ctrl-C is 130."""
    if _address_space() < _least(sys.argv[1:]):
        _fail(NO_MEMORY, 1)
    try:
        app()
    except UGRNError as error:
        if memory_ran_out(error.__cause__):  # and a reader took it for a damaged file
            _fail(NO_MEMORY, 1)
        _fail(str(error), 2 if isinstance(error, InputError) else 1)
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        from ugrn_core.experiment.catalog.backbones import NO_TORCH

        _fail(NO_TORCH, 2)
    except OSError as error:
        if memory_ran_out(error):
            _fail(NO_MEMORY, 1)
        where = f" '{error.filename}'" if error.filename else ""
        _fail(f"{error.strerror or error}{where}. Check the disk and the permissions.", 2)
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except Exception as error:
        if not memory_ran_out(error):
            raise
        _fail(NO_MEMORY, 1)


def _least(words: list[str]) -> int:
    """Return the bytes without which a command cannot even import what it needs. Said before: what
    libraries do half-way is theirs, from a screen full of words to a segmentation fault."""
    computes = bool(_COMPUTING & set(words[:1])) and not {"--help", "-h"} & set(words)
    return 900_000_000 if computes else 320_000_000  # PyTorch alone reserves the first


def _address_space() -> float:
    """Return the bytes that this process may reserve (ulimit -v)."""
    try:
        import resource
    except ImportError:  # not on Windows
        return math.inf
    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    return math.inf if most == resource.RLIM_INFINITY else most


def _fail(sentence: str, code: int) -> NoReturn:
    # One line whatever a file name or a library put into it; no control codes to a terminal.
    line = "".join(c if c.isprintable() else " " for c in sentence)
    typer.echo(f"Error: {line}", err=True)
    raise SystemExit(code) from None


if __name__ == "__main__":
    main()
