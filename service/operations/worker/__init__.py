"""What happens after the answer: the relay, what it starts, webhook deliveries, timers, jobs."""
