"""Tests of profiles and of the site file."""
