"""What weight files are called, for those who look for checkpoints without opening them."""

from __future__ import annotations

from pathlib import Path

WEIGHT_NAMES = (
    *("best_model.pt", "model.safetensors", "pytorch_model.bin"),
    *("panglao_pretrain.pth", "models.ckpt"),
)
WEIGHT_PATTERNS = ("model*.pt", "panglao_pretrain*.pth")  # where none of the names is there
WEIGHT_ENDINGS = (".pt", ".pth", ".ckpt", ".bin", ".safetensors")
SHARD_INDEXES = ("model.safetensors.index.json", "pytorch_model.bin.index.json")


def holds_weights(folder: Path) -> bool:
    """Return whether `folder` holds a file with the name of a checkpoint's weights, or the index
    of weights in several files."""
    named = (folder / name for name in (*WEIGHT_NAMES, *SHARD_INDEXES))
    return any(p.is_file() for p in named) or any(
        p.is_file() for pattern in WEIGHT_PATTERNS for p in folder.glob(pattern)
    )
