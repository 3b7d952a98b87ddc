"""Tests of the verbs on real hosts of the lab."""
