"""Checks of containers: docker, the driver volume, a GPU inside."""
