"""A site without a way out: a directory with exactly what a profile needs for a system, and a profile that uses it."""
