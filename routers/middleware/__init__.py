"""What stands before every endpoint: headers that harden, limits, the names we answer to, other origins, JSON."""
