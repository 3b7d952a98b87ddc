"""Checks of the GPUs as the driver sees them."""
