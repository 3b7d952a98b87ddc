"""Rollout scripts that import `provision.fleet`; tests/fleet/test_examples.py runs each (docs/fleet.md)."""
