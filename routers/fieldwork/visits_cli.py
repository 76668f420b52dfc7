"""`grassroots presence`: print the presence rules on one screen."""

import textwrap

from service.fieldwork.visits.rules import MEASURE_DESCRIPTIONS, RULES

HEAD = """到场核验 · Presence rules. A check-in is never refused, and the presence has no consequence.
doubtful, if a doubtful rule below applies;
else verified, if a verified rule applies;
else unverified, if an unverified rule applies;
else verified. An acknowledgement by the place always makes it verified. A note decides nothing.
"""
WIDTH = 118


def presence() -> None:
    """Print the presence rules with their sources, and the description of each measure."""
    print(HEAD)
    for rule in RULES:
        condition = f"{rule.measure} {rule.operator} {rule.threshold:g}"
        print(f"{rule.reason:18} {condition:22} {rule.effect:11} {rule.why}")
        print(f"{'':20}← {rule.source}")
    print("\nThe measures. A rule does not apply if its measure is unknown:")
    for measure, description in MEASURE_DESCRIPTIONS.items():
        print(textwrap.fill(f"{measure:16} {description}", WIDTH, subsequent_indent=" " * 17))
