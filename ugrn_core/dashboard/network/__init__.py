"""The network drawing: layout, labels, legend, the browser component, figure and web page."""
