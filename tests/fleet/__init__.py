"""Tests of many hosts at once; most need no host."""
