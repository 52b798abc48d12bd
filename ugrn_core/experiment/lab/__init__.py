"""The probe lab: one source, all targets, every setting free, computed at once and kept nowhere."""
