"""Communities, villages, enterprises and other places that can be visited, with their fences."""
