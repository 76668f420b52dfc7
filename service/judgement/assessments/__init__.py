"""Facts for the annual assessment: cycles, indicators, signed dossiers (DESIGN §8)."""
