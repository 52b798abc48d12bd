"""The Markdown page of a timing run, with the machine it ran on, and this process's peak memory."""

from __future__ import annotations

import os
import platform
import resource
import sys
import tempfile
from datetime import date
from pathlib import Path

import torch

HEADER = (
    "| shape | variant | s / source | timed | x faster than backprop per pair "
    "| stock forwards per (source, value) | % of GEMM peak | % of torch.mm peak "
    "| GDT error | VVP error | peak MB |\n"
    "|---|---|---:|---|---:|---:|---:|---:|---:|---:|---:|\n"
)


def write_table(path: Path, rows: list[dict], peaks: list[float]) -> None:
    """Write `rows` of `timing.probe_bench` as a Markdown page; atomic.

    peaks: best float32 GEMM rates in FLOP/s, of torch.mm and of the kernel in use.
    """
    lines = [
        f"Measured {date.today()} on {_machine()}, one thread; float32 GEMM peak in the "
        f"same run {peaks[0] / 1e9:.0f} GFLOP/s by torch.mm, {peaks[1] / 1e9:.0f} by the kernel in "
        "use (% of either: best round over the best rate beside that shape). Random weights, 8 "
        "values a source, no `<cls>`. Seconds are CPU seconds, the best of interleaved rounds; "
        "ratios count as many values. Errors are relative L2 at one value against float64: all "
        "targets of VVP, four of GDT.\n\n",
        HEADER,
        *(_line(row) for row in rows),
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
        file.writelines(lines)
    os.replace(file.name, path)


def _line(row: dict) -> str:
    cells = [
        row["shape"],
        row["variant"],
        f"{row['seconds']:.3g}",
        row["timed"],
        f"{row['faster']:,.0f}" if "faster" in row else "",
        f"{row['forwards']:,.2f}" if "forwards" in row else "",
        f"{100 * row['peak_share']:.0f}" if "peak_share" in row else "",
        f"{100 * row['mm_share']:.0f}" if "mm_share" in row else "",
        f"{row['gdt_error']:.1e}" if "gdt_error" in row else "",
        f"{row['vvp_error']:.1e}" if "vvp_error" in row else "",
        f"{row['memory']:.0f}" if "memory" in row else "",
    ]
    return "| " + " | ".join(cells) + " |\n"


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
