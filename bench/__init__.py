"""The benchmark: gpuwright and its peers do the same work on the same lab hosts, and are measured from outside.

Nothing here is asserted by a test: `make bench` writes docs/results/bench-DATE.md and .svg.
"""
