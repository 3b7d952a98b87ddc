"""The tests: pure ones anywhere, and those marked `lab` on real hosts of this machine."""
