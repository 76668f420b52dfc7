"""Writes of webhook endpoints, one verb per file. `endpoint_steps.py` and `delivery_queue.py` are shared."""
