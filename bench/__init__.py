"""Benchmarks: ratios against the physical limit, measured in one run."""
