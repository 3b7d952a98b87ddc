"""Touching hosts: what changes them, over what only looks."""

from provision import lean

lean.start()
