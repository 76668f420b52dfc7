"""The base: settings, database, errors, clock, identifiers, geography. Knows no domain."""
