"""The tree: organisations (条 and 块), postings in them, and the statistical divisions."""
