"""Looking at a host: the probe, the facts it yields, and the checks that read them. Nothing here changes a host."""
