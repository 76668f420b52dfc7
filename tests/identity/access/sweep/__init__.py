"""The permission sweep: every route × every role × own, subordinate, sister and superior organisation, over HTTP.

`cases.py` says how each route is asked; `county.py` makes what can be asked for; `calls.py` asks.
"""
