"""What happens after the answer: the relay, what it starts, delivery lanes, timers, jobs."""
