"""Measure and observe, on this machine: the runners and what they use."""
