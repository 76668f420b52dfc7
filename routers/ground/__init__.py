"""Endpoints of places, the place picker, contact points and placements."""
