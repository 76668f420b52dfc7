"""Where work happens: places, the place picker, contact points, placements."""
