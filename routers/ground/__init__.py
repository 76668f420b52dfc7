"""Endpoints of places, contact points and placements."""
