"""Every human regulator against every gene of a backbone, probed once and kept."""
