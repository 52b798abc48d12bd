"""The tangent pass: values and exact derivatives of all targets for one driven gene."""
