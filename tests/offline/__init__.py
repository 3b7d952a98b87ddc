"""What other tools collected on a host, read as if the probe had asked it."""
