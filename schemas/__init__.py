"""What crosses the wire. Pure: no database, no settings, no web framework."""
