"""`python -m ugrn_core validate`: what a backbone knows of cells it has not seen."""

from __future__ import annotations

import shlex
import sys

from ugrn_core.commands import options as o


def validate(
    backbone: o.BACKBONE,
    corpus: o.CORPUS,
    out: o.VALIDATION_OUT,
    orthologs: o.MOUSE = None,
    exclude: o.EXCLUDE = "",
    held_out: o.HELD_OUT = "",
    batches: o.BATCHES = 5,
    metacells: o.BY_METACELLS = False,
    merge: o.MERGE = (),
) -> None:
    """Compare a backbone with ridges and kNN on masked genes, by data set and tissue, and look for
    known modules (ribosome, cell cycle, interferon) in its responses.

    Give --exclude and --held-out as `pretrain` was given them.
    """
    from ugrn_core.commands import backbones
    from ugrn_core.experiment.pretrain import validation

    command = "python -m ugrn_core " + shlex.join(sys.argv[1:])
    plan = validation.Validation(
        corpus=corpus,
        out=out,
        orthologs=orthologs,
        exclude=o.names(exclude),
        held_out=o.names(held_out),
        batches=batches,
        command=command,
        metacells=metacells,
        merge=tuple(merge),
    )
    validation.run(backbones.open_backbone(backbone), plan)
