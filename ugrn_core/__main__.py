"""The command line: the same verbs as the pages. `python -m ugrn_core --help`."""

from __future__ import annotations

from typing import NoReturn

from ugrn_core.errors import NO_MEMORY, InputError, UGRNError, memory_ran_out

try:
    import typer

    from ugrn_core.commands import app as dashboard
    from ugrn_core.commands import (
        backbones,
        bench,
        benchmark,
        data,
        job,
        network,
        pretrain,
        probe,
        validate,
    )
    from ugrn_core.experiment.catalog.backbones import NO_TORCH
except (ImportError, MemoryError) as _error:  # libraries ask for memory as they are imported
    if not memory_ran_out(_error):
        raise
    raise SystemExit(f"Error: {NO_MEMORY}") from None

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Read gene regulatory knowledge out of frozen single-cell foundation models.\n\n"
    "Start with `backbones`, then `network --backbone NAME --panel genes.txt --out edges.tsv`, "
    "where genes.txt holds one gene symbol a line.",
)

app.add_typer(backbones.app, name="backbones")
app.command()(probe.probe)
app.command()(network.network)
app.command()(benchmark.benchmark)
app.command()(benchmark.report)
app.add_typer(data.app, name="data")
app.add_typer(bench.app, name="bench")
app.command()(pretrain.pretrain)
app.command()(validate.validate)
app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(
    dashboard.app
)
app.command(hidden=True)(job.job)
app.command(hidden=True)(job.standby)


def main() -> None:
    """Run the command; what the user can mend is one sentence and exit code 2, Ctrl-C is 130."""
    try:
        app()
    except UGRNError as error:
        if memory_ran_out(error.__cause__):  # and a reader took it for a damaged file
            _fail(NO_MEMORY, 1)
        _fail(str(error), 2 if isinstance(error, InputError) else 1)
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
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


def _fail(sentence: str, code: int) -> NoReturn:
    # One line whatever a file name or a library put into it; no control codes to a terminal.
    line = "".join(c if c.isprintable() else " " for c in sentence)
    typer.echo(f"Error: {line}", err=True)
    raise SystemExit(code) from None


if __name__ == "__main__":
    main()
