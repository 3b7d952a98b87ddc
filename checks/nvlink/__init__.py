"""Checks of NVLink, NVSwitch and InfiniBand."""
