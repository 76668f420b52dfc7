"""`grassroots consequences`: what happens after each event, on one screen."""

from collections.abc import Iterator

from schemas.events import CATALOGUE, EventName
from service.domains import DOMAINS
from service.foundation.manifest.handlers import InTransaction, Job


def consequences() -> None:
    """Print what happens after each event, who finds it in the feed, what timers do and what runs by the hour."""
    for name, described in CATALOGUE.items():
        mark = "↗" if described.outward else " "
        print(f"{name:26} {mark} {described.zh}  → {', '.join(one.en for one in described.receivers) or 'nobody'}")
        for line in (*map(_handler, DOMAINS.handlers.get(name, ())), *_inbox(name)):
            print(f"{'':30}{line}")
    for always in DOMAINS.batch_handlers:
        print(f"{'every event':26}   {_handler(always)}")
    for kind, timer in DOMAINS.timers.items():
        print(f"{'timer ' + kind:40} {timer.does}")
    for task, job in DOMAINS.periodic_jobs.items():
        print(f"{f'{job.cron} UTC':18} {task:21} {job.does}")


def _handler(handler: InTransaction | Job) -> str:
    return f"{'job ' + handler.task if isinstance(handler, Job) else 'in transaction'}: {handler.does}"


def _inbox(name: EventName) -> Iterator[str]:
    """What an event opens and closes in the inbox."""
    rules = DOMAINS.inbox_rules.values()
    yield from (f"inbox opens {rule.kind.value}: {rule.zh}" for rule in rules if name in rule.opens)
    yield from (f"inbox closes {rule.kind.value}" for rule in rules if name in rule.closes)
