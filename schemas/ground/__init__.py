"""Requests and responses of places, the place picker, contact points and placements."""
