"""The composition root: the only part that knows backbones, data, probes, translators and runs."""
