"""Tests of reaching a host over SSH, against a small server of our own on the loopback."""
