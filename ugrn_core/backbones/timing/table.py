"""The Markdown page of a timing run, with the machine it ran on, and this process's peak memory."""

from __future__ import annotations

import os
import platform
import resource
import sys
from datetime import date
from pathlib import Path

import pandas as pd
import torch

from ugrn_core import markdown
from ugrn_core.files import write_atomically

# Column of the page -> key of a row, and how its numbers are written; None for text.
COLUMNS = {
    "shape": ("shape", None),
    "variant": ("variant", None),
    "s / source": ("seconds", "{:.3g}"),
    "timed": ("timed", None),
    "x faster than backprop per pair": ("faster", "{:,.0f}"),
    "stock forwards per (source, value)": ("forwards", "{:,.2f}"),
    "% of GEMM peak": ("peak_share", "{:.0%}"),
    "% of torch.mm peak": ("mm_share", "{:.0%}"),
    "GDT error": ("gdt_error", "{:.1e}"),
    "VVP error": ("vvp_error", "{:.1e}"),
    "peak MB": ("memory", "{:.0f}"),
}


def write_table(path: Path, rows: list[dict], peaks: list[float]) -> None:
    """Write `rows` of `timing.probe_bench` as a Markdown page; atomic.

    peaks: best float32 GEMM rates in FLOP/s, of torch.mm and of the kernel in use.
    """
    about = (
        f"Measured {date.today()} on {_machine()}, one thread; float32 GEMM peak in the "
        f"same run {peaks[0] / 1e9:.0f} GFLOP/s by torch.mm, {peaks[1] / 1e9:.0f} by the kernel in "
        "use (% of either: best round over the best rate beside that shape). Random weights, 8 "
        "values a source, no `<cls>`. Seconds are CPU seconds, the best of interleaved rounds; "
        "ratios count as many values. Errors are relative L2 at one value against float64: all "
        "targets of VVP, four of GDT."
    )
    numbers = [name for name, (_, form) in COLUMNS.items() if form]
    page = f"{about}\n\n{markdown.table(pd.DataFrame(map(_said, rows)), numbers)}\n"
    write_atomically(path, page.encode())


def _said(row: dict) -> dict[str, str]:
    """A row as the page says it; empty where it was not measured."""
    return {
        name: "" if key not in row else form.format(row[key]) if form else row[key]
        for name, (key, form) in COLUMNS.items()
    }


def _machine() -> str:
    """Return processor, cores, vector units, load and versions, in words."""
    processor = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        names = [
            x.split(":")[1].strip() for x in info.read_text().splitlines() if "model name" in x
        ]
        processor = names[0] if names else processor
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return (
        f"{processor} ({os.cpu_count()} cores, {torch.backends.cpu.get_cpu_capability()}{load}), "
        f"{platform.system()}, Python {platform.python_version()}, torch {torch.__version__}"
    )


def peak_memory() -> float:
    """Return this process's peak resident memory in MB."""
    status = Path("/proc/self/status")
    if status.is_file():  # ru_maxrss would count the parent's memory, kept over fork and exec
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20
