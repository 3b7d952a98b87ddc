"""Sections of a profile, one file each; keys.py lists them."""
