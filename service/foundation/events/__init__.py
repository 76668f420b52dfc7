"""Facts that happened: recording them, the feed, the seal, clocks. Append-only."""
