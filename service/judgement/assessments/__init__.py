"""The annual assessment is fed with facts: cycles, indicators with evidence, frozen and signed dossiers (DESIGN §8)."""
