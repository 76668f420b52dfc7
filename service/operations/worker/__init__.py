"""The worker: event relay, timers, webhook deliveries and jobs."""
