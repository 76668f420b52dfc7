"""Coverage of an area: places without a recent visit, and the concentration of visits."""
