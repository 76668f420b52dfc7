"""Facts for the annual assessment: cycles, indicators with evidence, frozen and signed dossiers (DESIGN §8)."""
