"""Tests of the facts: parsers and recordings."""
