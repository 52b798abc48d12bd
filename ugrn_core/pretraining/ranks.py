"""The processes of one training run: alone, or as torchrun starts them.

Each rank draws batches of its own; gradients are averaged over all of them before every step, so
that all ranks keep the same weights. Rank 0 alone writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch import distributed as dist

from ugrn_core.errors import OptionError


@dataclass(frozen=True)
class Ranks:
    """This process's `rank` among `size`, and the `device` it computes on."""

    rank: int = 0
    size: int = 1
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))

    @property
    def first(self) -> bool:
        """Whether this process writes."""
        return self.rank == 0

    def average_gradients(self, parameters: Iterable[torch.nn.Parameter]) -> None:
        """Replace every gradient by its mean over the ranks; in one exchange."""
        if self.size == 1:
            return
        own = [p.grad for p in parameters if p.grad is not None]
        flat = torch.cat([g.reshape(-1) for g in own])
        dist.all_reduce(flat)
        flat /= self.size
        for gradient, mean in zip(own, flat.split([g.numel() for g in own])):
            gradient.copy_(mean.view_as(gradient))

    def average(self, losses: Mapping[str, float]) -> dict[str, float]:
        """Return the mean of each number over the ranks."""
        if self.size == 1:
            return dict(losses)
        values = torch.tensor(list(losses.values()), dtype=torch.float64, device=self.device)
        dist.all_reduce(values)
        return dict(zip(losses, (values / self.size).tolist()))

    def any(self, flag: bool) -> bool:
        """Return whether `flag` holds on any rank: all must leave a loop at the same step."""
        if self.size == 1:
            return flag
        value = torch.tensor([float(flag)], device=self.device)
        dist.all_reduce(value, op=dist.ReduceOp.MAX)
        return bool(value.item())

    def wait(self) -> None:
        """Wait until every rank has come here."""
        if self.size > 1:
            dist.barrier()


@contextmanager
def started(device: torch.device) -> Iterator[Ranks]:
    """Enter with this process's Ranks, joined to the others when torchrun started it.

    device: a CUDA device without a number becomes each local rank's own. Raises OptionError when
    there are fewer than ranks.
    """
    if not dist.is_torchelastic_launched():
        yield Ranks(device=device)
        return
    if device.type == "cuda" and device.index is None:
        local, there = dist.get_node_local_rank(), torch.cuda.device_count()
        if local >= there:
            raise OptionError(
                f"torchrun started process {local + 1} on a machine with {there} CUDA devices. "
                "Give --nproc-per-node that number."
            )
        device = torch.device("cuda", local)
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    ranks = Ranks(dist.get_rank(), dist.get_world_size(), device)
    try:
        yield ranks
        ranks.wait()  # none closes its connections while another still computes or writes
    finally:
        dist.destroy_process_group()


def on_device(tensor: Tensor, device: torch.device) -> Tensor:
    """Return `tensor` on `device`, copied while the device still computes where it can be."""
    if device.type != "cuda":
        return tensor
    return tensor.pin_memory().to(device, non_blocking=True)
