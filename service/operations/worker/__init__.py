"""What happens after the answer: the follower, what it starts, delivery lanes, clocks, jobs."""
