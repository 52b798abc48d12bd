"""What stands in a copy of the product to which one of each kind was added: facts as JSON.

Run in that copy by test_promises: python -m tests.promises.additions FOLDER
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import torch
from safetensors.torch import save_file
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

import ugrn_core
from tests.experiment.conftest import GENES, write_beeline
from tests.pages.conftest import furnished
from ugrn_core.__main__ import app
from ugrn_core.benchmark.results_table import read_results
from ugrn_core.experiment.catalog import datasets
from ugrn_core.experiment.catalog.backbones import backbones
from ugrn_core.experiment.evaluation import zeroshot
from ugrn_core.experiment.evaluation.plan import Plan
from ugrn_core.experiment.runs import compute
from ugrn_core.experiment.runs.run_folder import EDGES
from ugrn_core.experiment.runs.spec import Spec
from ugrn_core.export.save import save
from ugrn_core.settings import Settings

CHOSEN = {"backbone": "tiny", "dataset": "toy-set"}


def opened(path: str, page: str = "", **chosen: str) -> list[str]:
    """Return the words, tables and options of a page, alone or reached through the router."""
    shown = AppTest.from_file(str(Path(path).absolute()), default_timeout=300)
    for key, value in (CHOSEN | chosen).items():
        shown.query_params[key] = value
    shown.run()
    if page:
        shown.switch_page(page).run()
    assert not shown.exception, shown.exception
    tables = [str(t.value) for t in (*shown.dataframe, *shown.table)]
    texts = [str(e.value) for kind in (shown.title, shown.markdown, shown.info) for e in kind]
    return [*texts, *tables, *(o for s in shown.selectbox for o in s.options)]


def help_of(verb: str) -> str:
    """Return a command's help on one line, as typer draws it without its frame."""
    said = CliRunner().invoke(app, [verb, "--help"], env={"COLUMNS": "200"})
    assert said.exit_code == 0, said.output
    return " ".join(said.output.replace("│", " ").split())


def write_toy(folder: Path, genes: tuple[str, ...]) -> None:
    """Write a checkpoint of the backbone that was added."""
    folder.mkdir(parents=True)
    drawn = torch.randn(len(genes), 8, generator=torch.Generator().manual_seed(0))
    save_file({"toy.table": drawn}, folder / "model.safetensors")
    (folder / "vocab.json").write_text(json.dumps({g: k for k, g in enumerate(genes)}))
    (folder / "args.json").write_text("{}")


def toy_facts(settings: Settings, plan: Plan, folder: Path) -> dict:
    """Return what became of the backbone that was added: listed, probed, judged, shown."""
    write_toy(settings.assets / "backbones" / "toy", GENES)
    edges = pd.read_parquet(compute.compute(settings, Spec("toy", "toy-set")) / EDGES)
    probes = "vvp,gdt,ensemble,stacked,emb-cosine"
    judged = replace(plan, backbone="toy", probes=probes, recipes=("paper",))
    out = zeroshot.run(judged, settings, folder / "toy.parquet", random_control=False)
    rows = read_results(out)[0].query("genes == 'all'").set_index("probe")
    done = rows["auprc"].notna()
    return {
        "listed": [card.name for card in backbones(settings)],
        "columns": list(edges.columns),
        "effects": float(edges["vvp_effect"].abs().max()),
        "judged": rows.loc[done, "reason"].to_dict(),
        "not judged": rows.loc[~done, "reason"].to_dict(),
        "page": opened("pages/regulators.py", backbone="toy", gene="GATA1", side="targets"),
    }


def main(folder: Path) -> None:
    """Write facts.json to `folder`."""
    pd.set_option("display.max_rows", None, "display.max_columns", None, "display.width", None)
    pd.set_option("display.max_colwidth", None)
    settings = furnished(folder)
    table = settings.assets / "results" / "benchmark.parquet"
    plan = Plan(
        data=write_beeline(folder / "beeline"),
        backbone="tiny",
        source="hESC",
        networks="STRING",
        targets="hHEP",
        samplings=("matched",),
        probes="toy-probe,gdt",
        gene_set="TFs+500",
        seeds=1,
        orthologs=None,
        command="a test",
    )
    zeroshot.run(plan, settings, table, random_control=False)
    rows = read_results(table)[0].query("probe == 'toy-probe' and genes == 'all'")
    compute.compute(settings, Spec("tiny", "toy-set"))
    frame = pd.DataFrame({"source": ["A"], "target": ["B"], "probability": [0.5]})
    facts = {
        "where": ugrn_core.__file__,
        "help": help_of("benchmark"),
        "network help": help_of("network"),
        "measured": rows["auprc"].notna().tolist(),
        "kinds": sorted(set(rows["kind"])),
        "cards": [card.name for card in datasets.cards(settings)],
        "saved": save(folder / "edges.toy", frame, {})[0].read_text(),
        "pages": {
            name: opened(f"pages/{name}.py")
            for name in ("probe_benchmark", "methods", "start", "downloads")
        },
        "toy": toy_facts(settings, plan, folder),
        "routed": opened("streamlit_app.py", "pages/toy_page.py"),
    }
    (folder / "facts.json").write_text(json.dumps(facts, default=str))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
