"""`grassroots consequences`: what follows each event, on one screen."""

from schemas.events import CATALOGUE
from service.operations.worker.registry import CONSEQUENCES, OF_EVERY_BATCH, TIMERS, inbox


def consequences() -> None:
    """Print what follows each event, who finds it in the feed, and what each clock does."""
    for name, described in CATALOGUE.items():
        mark = "↗" if described.outward else " "
        print(f"{name:26} {mark} {described.zh}  → {', '.join(one.en for one in described.receivers) or 'nobody'}")
        for consequence in CONSEQUENCES.get(name, ()):
            print(f"{'':30}{type(consequence).__name__.lower()}: {consequence.says}")
        for said in inbox.says(name):
            print(f"{'':30}together: {said}")
    for always in OF_EVERY_BATCH:
        print(f"{'every event':26}   together: {always.says}")
    for kind, does in TIMERS.items():
        print(f"{'clock ' + kind:26}   {(does.__doc__ or '').splitlines()[0]}")
