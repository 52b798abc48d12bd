"""What is known of regulators and targets: on this machine, of any species' data set, judged."""
