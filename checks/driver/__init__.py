"""Checks of the driver: built, loaded, one version, reachable."""
