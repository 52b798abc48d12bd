"""Figures, pure: arrays in, plotly figure out; no page state, no reading."""
