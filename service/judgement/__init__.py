"""The annual assessment."""
