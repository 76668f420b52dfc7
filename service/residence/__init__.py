"""Party members at the organisation where they live."""
