"""What is on this machine: backbones, data sets, translators, reference networks, genes."""
