"""The lowest floor: settings, database, errors, clock, ids, geography, events.

It imports no other floor.
"""
