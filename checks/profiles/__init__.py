"""What a host should be."""
