"""Places that can be visited, such as communities, villages and enterprises, and their fences."""
