"""Runs between roots: bundles in, staged and published by one rename, and bundles out."""
