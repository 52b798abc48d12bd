"""Make the documentation as a site: `PYTHONPATH=. python scripts/docs_site.py [FOLDER]`.

Pages are those of docs/, README.md before them, by mkdocs-material, which uv brings into an
environment of its own. A link that leads nowhere, or to no heading, ends it. The site asks nothing
of other servers: no fonts, no scripts from elsewhere.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
TOOL = ("tool", "run", "--quiet", "--from", "mkdocs==1.6.1", "--with", "mkdocs-material==9.8.1")
LINK = re.compile(r"(!?)\[((?:[^\]\[]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
FIRST = ("own-data", "references", "models", "benchmark", "atlas", "api", "serving", "cluster")


def pages(folder: Path) -> None:
    """Write what the site is made of into `folder`: README.md as its first page, then docs/."""
    shutil.copytree(DOCS, folder, dirs_exist_ok=True)
    written = {"index.md": _linked(ROOT / "README.md")}
    written |= {path.name: _linked(path) for path in DOCS.glob("*.md")}
    for name, text in written.items():
        (folder / name).write_text(text, encoding="utf-8")


def _linked(page: Path) -> str:
    """Return a page's text with links that lead out of docs/ as the names of what they lead to."""

    def moved(match: re.Match) -> str:
        mark, text, target = match.groups()
        place, _, heading = target.partition("#")
        if "://" in target or not place or target.startswith("mailto:"):
            return match[0]
        there = Path(os.path.normpath(page.parent / place))
        if there == ROOT / "README.md":
            return f"{mark}[{text}](index.md{'#' * bool(heading)}{heading})"
        if there.is_relative_to(DOCS):
            inside = there.relative_to(DOCS).as_posix()
            return f"{mark}[{text}]({inside}{'#' * bool(heading)}{heading})"
        named = there.relative_to(ROOT).as_posix()
        return text if named in text else f"{text} (`{named}`)"

    return LINK.sub(moved, page.read_text(encoding="utf-8"))


def settings(source: Path, out: Path) -> dict:
    """Return mkdocs' settings."""
    names = sorted(path.stem for path in DOCS.glob("*.md"))
    order = [*(n for n in FIRST if n in names), *(n for n in names if n not in FIRST)]
    return {
        "site_name": "UGRN",
        "docs_dir": str(source),
        "site_dir": str(out),
        "use_directory_urls": False,
        "theme": {"name": "material", "font": False, "features": ["navigation.top"]},
        "nav": ["index.md", *(f"{name}.md" for name in order)],
        "markdown_extensions": ["tables", "toc", "fenced_code"],
        "validation": {
            "nav": {"omitted_files": "ignore"},
            "links": {"not_found": "warn", "anchors": "warn", "unrecognized_links": "warn"},
        },
    }


def main(out: Path) -> int:
    """Make the site in `out`; return mkdocs' exit code: not 0 where a link leads nowhere."""
    with tempfile.TemporaryDirectory() as folder:
        source, config = Path(folder) / "pages", Path(folder) / "mkdocs.yml"
        pages(source)
        config.write_text(yaml.safe_dump(settings(source, out.absolute())), encoding="utf-8")
        uv = Path(sys.executable).with_name("uv")
        command = [uv, *TOOL, "mkdocs", "build", "--strict", "--config-file", config]
        quiet = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
        return subprocess.run(command, check=False, env=quiet).returncode


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist" / "site"))
