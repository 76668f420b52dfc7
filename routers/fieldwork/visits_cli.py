"""`grassroots presence`: what a check-in's evidence supports, on one screen, from the statement's own table."""

import textwrap

from service.fieldwork.visits.rules import MEASURE_DESCRIPTIONS, RULES

HEAD = """到场核验 · What a check-in's evidence supports. It is never refused, and the verdict has no consequence.
doubtful, if any doubtful rule below applies;
else verified, if a verified rule applies;
else unverified, if an unverified rule applies;
else verified. An acknowledgement by the place makes it verified in any case. A note decides nothing.
"""
WIDTH = 118


def presence() -> None:
    """Print the rules of presence with their sources, and how each measure is taken."""
    print(HEAD)
    for rule in RULES:
        condition = f"{rule.measure} {rule.operator} {rule.threshold:g}"
        print(f"{rule.reason:18} {condition:22} {rule.effect:11} {rule.why}")
        print(f"{'':20}← {rule.source}")
    print("\nThe measures; a rule on one that is unknown does not apply:")
    for measure, meaning in MEASURE_DESCRIPTIONS.items():
        print(textwrap.fill(f"{measure:16} {meaning}", WIDTH, subsequent_indent=" " * 17))
