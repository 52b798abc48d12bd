"""Translators: from the probe features of a pair to the logit that source regulates target."""
