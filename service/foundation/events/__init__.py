"""Events: recording them, the feed, hash chains, timers. Events are append-only."""
