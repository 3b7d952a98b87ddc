"""A rehearsal of provisioning: the same machinery, with small packages in place of the driver (see __main__.py)."""
