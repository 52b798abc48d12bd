"""The three choices every page shares, bound to the address, and what they amount to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import streamlit as st

from ugrn_core.dashboard.shell import address, browser_mark, own_sets
from ugrn_core.dashboard.shell.address import choice
from ugrn_core.dashboard.shell.sentences import sentences
from ugrn_core.dashboard.text import TERMS
from ugrn_core.data.gene_lists import GeneList, genes_from_bytes
from ugrn_core.data.readers.base import DatasetCard
from ugrn_core.errors import InputError
from ugrn_core.experiment.atlas.answering import answering
from ugrn_core.experiment.catalog import backbones as installed
from ugrn_core.experiment.catalog import datasets, gene_lists
from ugrn_core.experiment.catalog.backbones import BackboneCard
from ugrn_core.experiment.catalog.datasets import PASTED
from ugrn_core.experiment.references import known
from ugrn_core.experiment.references.cards import ReferenceCard
from ugrn_core.experiment.references.judging import FEWEST
from ugrn_core.experiment.runs import jobs as run_jobs
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.markdown import literal
from ugrn_core.settings import Settings, read_settings

NO_REFERENCE, _REFERENCE = "none", "reference"
_PASTED = "pasted-"
_BOX, _FILE = "ugrn_paste", "ugrn_list_file"
_LISTS = "ugrn_lists"
_MOST_MB = 1  # of a list's file
_MOST_LISTS = 10  # pasted lists a session offers again


@dataclass(frozen=True)
class View:
    """What the sidebar chose. dataset: a DatasetCard, or None for a pasted list. reference: the
    name of the network chosen, of its column in_<name>; references: all that pairs are held
    against, beside the data set's own. stands_in_for: the backbone that was chosen, where another
    one's atlas answers for it."""

    settings: Settings
    backbone: BackboneCard
    dataset: DatasetCard | None
    reference: str | None
    references: tuple[ReferenceCard, ...]
    spec: run_spec.Spec
    run_id: str
    stands_in_for: BackboneCard | None = None

    @property
    def species(self) -> str:
        """Return whose genes they are: those of a pasted list are human."""
        return self.dataset.species if self.dataset is not None else "human"

    @property
    def title(self) -> str:
        """Return the data set in words."""
        if self.dataset is not None:
            return self.dataset.title
        return f"your list of {gene_lists.gene_count(self.spec.genes):,} genes"


def draw() -> View:
    """Draw the sidebar and return what it says; raise InputError when nothing can be chosen."""
    settings = browser_mark.own(read_settings())
    backbones = {card.name: card for card in installed.backbones(settings)}
    cards = {card.name: card for card in own_sets.cards(settings)}
    if not backbones:
        raise InputError(
            "There is no backbone on this machine: the assets folder is empty. Fetch the whole "
            "repository again, or name checkpoint folders in UGRN_BACKBONES."
        )
    with st.sidebar:
        status = st.container(key="status").empty()  # first: below the choices it is out of sight
        learned = {k: c.title for k, c in backbones.items()}
        backbone = choice("Backbone", "backbone", learned, help=TERMS["backbone"])
        of_all = answering(settings, backbone)
        cards = _with_atlas(settings, of_all, cards)
        titles = {k: c.title for k, c in cards.items()} | _pasted(settings)
        dataset = choice("Dataset", "dataset", titles, help=TERMS["panel"])
        card = cards.get(dataset)
        _paste_box(settings)  # high enough for its button to be in sight
        asked_of = of_all or backbone if dataset == datasets.ALL_GENES else backbone
        spec, problem = _spec(settings, asked_of, dataset, card)
        reference, looked_at = _reference(settings, card, spec)
    if problem is not None:
        raise problem
    if spec.genes:
        _offer_again(dataset)
    run_id = run_spec.run_id(settings, spec)
    view = View(
        settings=settings,
        backbone=backbones[asked_of],
        dataset=card,
        reference=reference,
        references=looked_at,
        spec=spec,
        run_id=run_id,
        stands_in_for=None if asked_of == backbone else backbones[backbone],
    )
    status.caption(_status(view))
    return view


def as_chosen(view: View) -> View:
    """Return `view` of the backbone that was chosen, also where another one's atlas answers."""
    if view.stands_in_for is None:
        return view
    spec = replace(view.spec, backbone=view.stands_in_for.name)
    run = run_spec.prepare(view.settings, spec)
    if not run.study.regulators:  # no human gene is known to it
        return view
    return replace(
        view, backbone=view.stands_in_for, spec=spec, run_id=run.run_id, stands_in_for=None
    )


def _with_atlas(
    settings: Settings, backbone: str | None, cards: dict[str, DatasetCard]
) -> dict[str, DatasetCard]:
    """Return the data sets with all genes before them, where some backbone's atlas answers."""
    if backbone is None:
        return cards
    study = run_spec.prepare(settings, run_spec.Spec(backbone, datasets.ALL_GENES)).study
    card = datasets.all_genes_card(len(study.panel), len(study.regulators))
    return {card.name: card, **cards}


def _reference(
    settings: Settings, card: DatasetCard | None, spec: run_spec.Spec | None
) -> tuple[str | None, tuple[ReferenceCard, ...]]:
    """Draw the choice of a reference; return its name, and all that are looked at.

    spec: what is asked, None where that is not to be had: then the data set's own are offered.
    The first is chosen unless another was: a data set's own, else one that knows FEWEST pairs or
    more of it.
    """
    own = dict.fromkeys(card.references if card else ())
    every = own_sets.references(settings, card.species if card else "human") if spec else ()
    every = tuple(one for one in every if one.name not in own)
    chosen = address.chosen(_REFERENCE)
    looked_at = tuple(one for one in every if one.eager or one.id == chosen)
    counts = _counts(settings, spec, looked_at) if looked_at else {}
    titles = {name: name for name in own}
    names = {name: name for name in own}
    for one in every:
        count = counts.get(one.name)
        if count or one.owner is not None or one.id == chosen or one not in looked_at:
            said = f" ({count or 0:,} of these pairs)" if one in looked_at else ""
            titles[one.id], names[one.id] = f"{one.name}{said}", one.name
    first = next(iter(own), None) or next(
        (one.id for one in every if counts.get(one.name, 0) >= FEWEST), NO_REFERENCE
    )
    titles[NO_REFERENCE] = "None"
    titles = {first: titles[first]} | titles
    picked = choice("Reference network", _REFERENCE, titles, help=TERMS["reference network"])
    return names.get(picked), looked_at


def _counts(
    settings: Settings, spec: run_spec.Spec, looked_at: tuple[ReferenceCard, ...]
) -> dict[str, int]:
    try:
        study = run_spec.prepare(settings, spec).study
    except InputError:
        return {}  # the page says what is wrong
    run = run_spec.run_id(settings, spec), str(settings.home)
    return dict(_known(run, known.digest(looked_at), settings, study, looked_at).counts)


@st.cache_resource(max_entries=64, show_spinner=False)  # one would move the choices
def _known(run: tuple[str, str], digest: str, _settings, _study, _cards) -> known.Known:
    return known.of_study(_settings, _study, _cards)


def _spec(
    settings: Settings, backbone: str, dataset: str, card: DatasetCard | None
) -> tuple[run_spec.Spec | None, InputError | None]:
    """Return what is asked, or why not. A list that is not here is refused, never replaced: its
    page says so, and shows no other."""
    if card is not None:
        return run_spec.Spec(backbone, dataset), None
    try:
        genes = gene_lists.kept(settings.home, dataset.removeprefix(_PASTED))
    except InputError as error:
        return None, error
    return run_spec.Spec(backbone, PASTED, genes), None


def _pasted(settings: Settings) -> dict[str, str]:
    """Return the pasted lists to offer, name -> title: this session's, and the one asked for, also
    where it is not on this machine."""
    chosen = address.chosen("dataset") or ""
    names = dict.fromkeys(st.session_state.get(_LISTS, ()))
    if chosen.startswith(_PASTED):
        names[chosen] = None
    titles = {}
    for name in names:
        try:
            genes = gene_lists.kept(settings.home, name.removeprefix(_PASTED))
            titles[name] = f"Your list ({gene_lists.gene_count(genes):,} genes)"
        except InputError:
            if name == chosen:
                titles[name] = "A list that is not on this machine"
    return titles


def _offer_again(dataset: str) -> None:
    """Remember a pasted list, so that it can be chosen again after another data set."""
    others = [name for name in st.session_state.get(_LISTS, ()) if name != dataset]
    st.session_state[_LISTS] = (*others, dataset)[-_MOST_LISTS:]


def _status(view: View) -> str:
    done = run_jobs.state(view.settings, view.spec).status == "done"
    ready = run_spec.prepare(view.settings, view.spec)
    study = ready.study  # what the backbone knows of the data set
    genes, regulators = len(study.panel), len(study.regulators)
    pairs = regulators * (genes - 1)
    pasted = f" of {len(view.spec.genes):,} pasted" if view.dataset is None else ""
    whose = f"Atlas of {literal(view.backbone.title)}  \n" if view.stands_in_for else ""
    return (
        f"{whose}{genes:,} genes{pasted} · {regulators:,} regulators · "
        f"{pairs:,} pairs {'probed' if done else 'not probed yet'} · run {view.run_id[:8]}  \n"
        f"{_scores(ready)}"
        f"{_relaxed(ready)}"
        f"{literal(view.dataset.source) if view.dataset else ''}"
    )


def _scores(ready: run_spec.Prepared) -> str:
    """What the scores were learned from: it is the first thing to know about them."""
    if ready.translator is None:
        return "No scores: no translator is fitted to these weights  \n"
    card = next(iter(ready.translator.cards.values()))
    return f"Scores learned on {literal(card.dataset)}, {literal(card.network)}  \n"


def _relaxed(ready: run_spec.Prepared) -> str:
    """Whose the gradients are, where not the model's own: wherever one is shown this stands by."""
    if not ready.backbone.defaults.relaxation:
        return ""
    return "Gradients (GDT) are relaxed by UGRN (page Methods)  \n"


def _paste_box(settings: Settings) -> None:
    with st.expander("Use my own gene list", icon=":material/content_paste:"):
        if problem := st.session_state.pop("ugrn_paste_problem", None):
            st.error(literal(problem))  # above: below the button it may be out of sight
        st.text_area(
            "Gene symbols",
            key=_BOX,
            height=90,
            placeholder="SPI1, GATA1, CEBPA, KLF1, ...",
            help="Separated by spaces, commas or lines, quoted, with bullets, or a table; at least "
            "one transcription factor.",
        )
        st.button("Use this list", on_click=_use_text, args=(settings,), width="stretch")
        st.file_uploader(
            "Or use a file",
            type=["txt", "csv", "tsv", "xlsx", "gmt", "gz"],
            key=_FILE,
            max_upload_size=_MOST_MB,
            on_change=_use_file,
            args=(settings,),
        )


def _use_text(settings: Settings) -> None:
    _use(settings, lambda: gene_lists.read_pasted(st.session_state.get(_BOX) or ""))


def _use_file(settings: Settings) -> None:
    file = st.session_state.get(_FILE)
    if file is not None:
        name = f"The file '{file.name[:60]}'"
        _use(settings, lambda: gene_lists.checked(genes_from_bytes(file.getvalue(), name)))


def _use(settings: Settings, read: Callable[[], GeneList]) -> None:
    with sentences():
        try:
            listed = read()
            use_list(settings, listed)
        except InputError as error:
            st.session_state["ugrn_paste_problem"] = str(error)
            return
        for note in listed.notes:
            st.toast(literal(note), duration="long")


def use_list(settings: Settings, listed: GeneList) -> None:
    """Keep a list and choose it, in a callback; raise InputError for one that cannot be probed."""
    genes = listed.entries
    # Before anything changes: a list that cannot be probed would leave every page empty.
    run_spec.prepare(settings, run_spec.Spec(st.session_state["backbone"], PASTED, genes))
    address.choose("dataset", _PASTED + gene_lists.keep(settings.home, genes))
