"""Checks of the host itself."""
