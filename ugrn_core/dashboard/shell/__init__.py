"""What every page stands in: frame, sidebar, address, navigation, share."""
