"""Many lab hosts at once."""
