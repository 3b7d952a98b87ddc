"""Verbs that tasks.py collects, where one file would be too long: composition only."""
