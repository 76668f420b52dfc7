"""Closing organisations: what still hangs on one, and to whom its places go."""
