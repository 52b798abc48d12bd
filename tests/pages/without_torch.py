"""Run in a child where torch cannot be imported: pages under a query, and what they say.

    python without_torch.py '{"backbone": "tiny"}' pages/start.py ...

Prints a JSON object: file -> {"words", "errors", "disabled" (labels of buttons), "charts"}.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class NoTorch:
    """Finds torch nowhere."""

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "torch":
            raise ModuleNotFoundError("No module named 'torch'", name="torch")


def main(query: dict[str, str], files: list[str]) -> None:
    sys.meta_path.insert(0, NoTorch())
    from streamlit.testing.v1 import AppTest

    told = {}
    for file in files:
        app = AppTest.from_file(str(ROOT / file), default_timeout=600)
        for key, value in query.items():
            app.query_params[key] = value
        app.run()
        kinds = (app.title, app.markdown, app.info, app.warning, app.caption, app.header)
        told[file] = {
            "words": "\n".join(str(e.value) for kind in kinds for e in kind),
            "errors": [str(e.value) for e in (*app.exception, *app.error)],
            "disabled": [b.label for b in app.button if b.disabled],
            "charts": len(app.get("plotly_chart")),
        }
    print(json.dumps(told))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), sys.argv[2:])
