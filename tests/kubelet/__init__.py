"""Tests of the kubelet: its flags, its gates, its labels, and manifests for its pods."""
