"""Outward: endpoints and deliveries, signing, retry rules, the client that calls strangers."""
