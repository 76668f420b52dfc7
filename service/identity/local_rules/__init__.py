"""Local rules: dated settings of an organisation, each with author and source (DESIGN §2.11)."""
