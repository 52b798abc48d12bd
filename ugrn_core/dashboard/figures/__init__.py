"""Figures for print: SVG, PDF and PNG at journal sizes, drawn without a browser."""
