"""Directories for sites without a way out: what goes into one, and what is refused."""
