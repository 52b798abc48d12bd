"""What stands on the lab's bench: a backbone, a panel, and the names of its genes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.experiment.catalog.identity import KnownBackbone
from ugrn_core.experiment.lab import knobs as turning
from ugrn_core.experiment.lab.backgrounds import Choice, backgrounds
from ugrn_core.experiment.lab.knobs import FLAT, Knobs
from ugrn_core.experiment.lab.reading import Reading, lab_panel, read
from ugrn_core.experiment.runs import spec as run_spec


@dataclass(frozen=True, eq=False)
class Bench:
    """ready: the view's spec, opened. backgrounds: what other genes can carry. labels: token ->
    symbol shown; tokens: the way back."""

    view: View
    ready: run_spec.Prepared
    backgrounds: dict[str, Choice]
    labels: dict[str, str]
    tokens: dict[str, str]

    @property
    def backbone(self) -> KnownBackbone:
        """The backbone of the view; its weights are opened when something is read."""
        return self.ready.backbone

    @property
    def symbols(self) -> tuple[str, ...]:
        """The panel's genes as they are shown, in its order."""
        return tuple(self.labels[token] for token in self.ready.study.panel.genes)

    @property
    def presets(self) -> dict[str, Knobs]:
        """What to begin with, by what it is called."""
        titles = {name: choice.title for name, choice in self.backgrounds.items()}
        return turning.presets(self.ready.settings, self.backbone.defaults, titles)

    def read(self, knobs: Knobs, source: str, also: tuple[str, ...]) -> Reading:
        """Return what the backbone says of `source`; of a large panel the genes `also` and others.

        source, also: symbols. Raises what `reading.read` does.
        """
        study = self.ready.study
        wanted = tuple(self.tokens[name] for name in (source, *also) if name in self.tokens)
        panel = lab_panel(study.panel, (*wanted, *((knobs.held,) if knobs.held else ())))
        profile = None
        if knobs.background != FLAT:
            every, _ = self.backgrounds[knobs.background].profile()
            profile = tuple(every[study.panel.positions(panel.genes)].tolist())
        return read(self.backbone, panel, self.tokens[source], knobs, profile)

    def beside(self, name: str) -> Bench:
        """Return the bench of another backbone with the same genes; raise InputError."""
        return bench(self.view, run_spec.prepare(self.view.settings, self._spec(name)))

    def _spec(self, name: str) -> run_spec.Spec:
        return replace(self.view.spec, backbone=name)


def bench(view: View, ready: run_spec.Prepared | None = None) -> Bench:
    """Return the bench of a view; raise InputError. ready: of another backbone than the view's."""
    ready = ready or run_spec.prepare(view.settings, view.spec)
    study = ready.study
    labels = {token: study.labels.get(token, token) for token in study.panel.genes}
    return Bench(
        view=view,
        ready=ready,
        backgrounds=backgrounds(study, ready.backbone),
        labels=labels,
        tokens={label: token for token, label in labels.items()},
    )
