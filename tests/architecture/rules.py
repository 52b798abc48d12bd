"""The house rules as data. To move a wall, change this table, and say why in the commit."""

from __future__ import annotations

BASE = {"console", "errors", "files", "markdown", "pool", "quantities", "registry", "types"}
BASE |= {"removed"}  # one way back, for cells and references (data) as for runs (experiment)
PARTS = {
    *("backbones", "probes", "translators", "benchmark", "classical"),
    *("data", "jobs", "export", "pretraining", "enrichment"),
}

# Which part of the tree may import which, besides itself. `pages` stands for pages/*.py and
# streamlit_app.py; a part is a module or a package directly under ugrn_core.
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "pool": set(),
    "markdown": set(),
    "quantities": set(),
    "registry": {"errors"},
    "files": {"errors"},
    "console": {"errors", "files"},
    "types": {"errors", "registry"},
    "removed": {"errors", "files", "registry"},
    "settings": BASE,
    **{part: BASE for part in PARTS},
    # Vocabularies of Ensembl ids are spoken through the table of gene names.
    "backbones": BASE | {"data"},
    "probes": BASE | {"backbones"},
    # A corpus is read by the one reader of orthologs, of CSV and of gene names.
    "pretraining": BASE | {"data"},
    "experiment": BASE | PARTS | {"settings"},  # takes a Settings; reads none, see below
    # Only what is light enough for a page script: nothing that brings torch along by itself.
    "dashboard": BASE
    | {"settings", "experiment", "export", "jobs", "data", "benchmark", "classical", "translators"}
    | {"enrichment"},
    "pages": BASE | {"settings", "experiment", "dashboard"},
    # The command line: __main__ and, where it grew, the verbs beside it.
    "__main__": BASE | PARTS | {"settings", "experiment", "commands"},
    "commands": BASE | PARTS | {"settings", "experiment"},
    # The door for scripts: an entry point, as the command line is one; it knows no command.
    "api": BASE | PARTS | {"settings", "experiment"},
    "__init__": set(),  # brings `api` when a name of it is asked for, not before
}

# Inside the two large parts: which wing (a folder, or a module beside the folders) may import which
# of its own part, besides itself.
WINGS: dict[str, set[str]] = {
    "experiment/catalog": set(),
    "experiment/curves": {"experiment/catalog"},
    # What others know of pairs: of what is on this machine, not of runs.
    "experiment/references": {"experiment/catalog"},
    # Two askings of the same curves: neither knows the other.
    **{
        f"experiment/{wing}": {"experiment/catalog", "experiment/curves", "experiment/references"}
        for wing in ("runs", "contexts", "evaluation")
    },
    # The run of all genes: written as runs are, and asked beside what is known.
    "experiment/atlas": {
        f"experiment/{wing}" for wing in ("catalog", "curves", "references", "runs")
    },
    # What a network says of biology: gene sets, lists, knock-outs, signs.
    "experiment/biology": {
        f"experiment/{wing}" for wing in ("catalog", "curves", "references", "runs")
    },
    # What lies there of runs: neither a run nor an atlas asks for it.
    "experiment/shelf": {f"experiment/{wing}" for wing in ("catalog", "curves", "runs")},
    # A model is brought here, and made ready to score: its translators are trained as for judging.
    "experiment/models": {f"experiment/{wing}" for wing in ("catalog", "curves", "evaluation")},
    # One question asked while somebody waits; what contexts know of cells can be its background.
    "experiment/lab": {f"experiment/{wing}" for wing in ("catalog", "curves", "contexts")},
    # The paper's table again: a judgement like others, held beside what was published; what it
    # takes is what its curves take.
    "experiment/reproduce": {f"experiment/{wing}" for wing in ("catalog", "curves", "evaluation")},
    "experiment/report": {"experiment/evaluation"},
    "experiment/pretrain": {"experiment/catalog", "experiment/curves", "experiment/report"},
    "experiment/ablations": {
        f"experiment/{wing}" for wing in ("catalog", "curves", "evaluation", "report", "pretrain")
    },
    "dashboard/theme": set(),
    "dashboard/text": set(),
    "dashboard/login": set(),
    "dashboard/first_paint": set(),
    "dashboard/first_screen": set(),
    "dashboard/queries": set(),
    "dashboard/charts": {"dashboard/theme", "dashboard/text"},
    "dashboard/network": {"dashboard/theme", "dashboard/text", "dashboard/figures"},
    "dashboard/shell": {
        *("dashboard/theme", "dashboard/text", "dashboard/login", "dashboard/first_paint"),
        "dashboard/first_screen",
    },
    "dashboard/figures": {"dashboard/theme", "dashboard/text"},
    "dashboard/widgets": {
        f"dashboard/{wing}" for wing in ("shell", "theme", "text", "queries", "figures")
    },
    "dashboard/sections": {
        f"dashboard/{wing}"
        for wing in (
            *("shell", "theme", "text", "queries", "charts", "figures", "network", "widgets"),
        )
    },
}

# A library, or a name in one, may be imported only where a path (from the root, without .py) begins
# so. What starts processes has one place: the standard pool's run the page's script again.
ONLY_IN: dict[str, tuple[str, ...]] = {
    "streamlit": ("streamlit_app", "pages/", "ugrn_core/dashboard/"),
    "plotly": ("ugrn_core/dashboard/charts",),
    "pyvis": ("ugrn_core/dashboard/network/visjs", "ugrn_core/dashboard/network/mount"),
    "subprocess": ("ugrn_core/jobs/",),
    "multiprocessing": (),
    "concurrent.futures.ProcessPoolExecutor": (),
    "loky": ("ugrn_core/pool",),
    "joblib": (),
    "torch": (
        "ugrn_core/backbones/",
        "ugrn_core/probes/",
        "ugrn_core/translators/",
        "ugrn_core/pretraining/",
        "ugrn_core/experiment",
    ),
}

# Modules that may bring torch when they are imported: where models run or are trained. All else,
# so every page and `--help`, must do where torch is not installed.
BRINGS_TORCH = (
    "ugrn_core/backbones/",
    "ugrn_core/pretraining/",
    *("ugrn_core/translators/fit", "ugrn_core/translators/additive"),
    *("ugrn_core/experiment/pretrain/", "ugrn_core/experiment/ablations/"),
    *(f"ugrn_core/experiment/reproduce/{name}" for name in ("paper", "forecast")),
    *(f"ugrn_core/experiment/evaluation/{name}" for name in ("training", "learned", "zeroshot")),
)
WITHOUT_TORCH = tuple(f"ugrn_core/backbones/{name}" for name in ("__init__", "base", "vocabulary"))

FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}

# Words that say how a value was come by, not what it is: no names of a variable or a parameter.
VAGUE_NAMES = {"found", "asked", "kept"}

FILE_LINES = {"streamlit_app.py": 40, "pages/": 80, "": 400}  # the first prefix that fits
FUNCTION_LINES = 40
POSITIONAL = 5  # parameters a call may give by place; those by name alone are free
FIELDS_BY_PLACE = 4  # of a dataclass: beyond, a reader counts commas
FOLDER_FILES = 12
# A registry holds one implementation a file, and so do the tests of it; so does the command line,
# one verb a file, and the dashboard, one page a file (parts of a page in a folder of their own).
REGISTRY_FILES = 20
REGISTRY_FOLDERS = (
    *("ugrn_core/backbones", "ugrn_core/probes", "ugrn_core/classical", "ugrn_core/export"),
    *("ugrn_core/data/readers", "ugrn_core/commands", "tests/backbones", "tests/probes"),
    *("pages", "ugrn_core/dashboard/sections", "tests/pages"),
    "ugrn_core",  # what everybody may use, and the door for scripts, a file a subject
)
# A command's options are its parameters: typer reads them off the signature, one a line, so only
# the lines below it count.
ANY_PARAMETERS = ("ugrn_core/__main__", "ugrn_core/commands/")
# Whose docstrings are the manual (docs/api.md is made of them): the lines below them count.
MANUALS = ("ugrn_core/api/",)

# Where the environment may be read: entry points, through settings.
ENVIRONMENT_IN = ("ugrn_core/settings", "ugrn_core/__main__", "ugrn_core/commands/")

GLOBAL_SEEDS = {
    "random.seed",
    "np.random.seed",
    "numpy.random.seed",
    "torch.manual_seed",
    "torch.seed",
}

# Who may call settings.read_settings: entry points; everything below them is handed a Settings.
READ_SETTINGS = "ugrn_core.settings.read_settings"
SETTINGS_READ_IN = (
    *("ugrn_core/__main__", "ugrn_core/commands/", "ugrn_core/api/"),
    *("ugrn_core/dashboard/", "pages/", "streamlit_app"),
)

# The public table of each part that is open to additions: one file and one line here.
REGISTRIES = {
    "backbones": "ADAPTERS",
    "classical": "METHODS",
    "probes": "PROBES",
    "export": "FORMATS",
    "data/readers": "READERS",
}
