"""Benchmarks: they compare the service with the raw speed of database or HTTP client in one run."""
