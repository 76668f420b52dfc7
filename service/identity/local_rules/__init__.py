"""Local rules: dated figures of an organisation, each with its author and the rule it comes from (DESIGN §2.10)."""
