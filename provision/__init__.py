"""Touching a host: the components, their plan, and its safe application over SSH."""
