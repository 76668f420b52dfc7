"""Shapes of places, contact points and placements."""
