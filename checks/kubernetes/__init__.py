"""Checks of the kubelet and of the GPUs that it offers."""
