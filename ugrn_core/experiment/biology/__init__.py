"""What a network says of biology: gene sets that targets are of, regulators of a list, knock-outs,
pathways behind a pair, signs against what is known."""
