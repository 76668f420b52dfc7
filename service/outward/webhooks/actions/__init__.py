"""Writes of webhook endpoints, one verb per file. Shared: `endpoint_steps.py`, `delivery_queue.py`."""
