"""`grassroots consequences`: what happens after each event, on one screen."""

from collections.abc import Iterator

from schemas.events import CATALOGUE, EventName
from service.domains import DOMAINS
from service.foundation.manifest.handlers import InTransaction, Job


def consequences() -> None:
    """Print what happens after each event, who reads it in the feed, what timers and periodic jobs do."""
    for name, described in CATALOGUE.items():
        mark = "↗" if described.outward else " "
        receivers = ", ".join(receiver.en for receiver in described.receivers) or "nobody"
        print(f"{name:26} {mark} {described.zh}  → {receivers}")
        for line in (*map(_describe, DOMAINS.handlers.get(name, ())), *_inbox_lines(name)):
            print(f"{'':30}{line}")
    for batch_handler in DOMAINS.batch_handlers:
        print(f"{'every event':26}   {_describe(batch_handler)}")
    for kind, timer in DOMAINS.timers.items():
        print(f"{'timer ' + kind:40} {timer.does}")
    for task, job in DOMAINS.periodic_jobs.items():
        print(f"{f'{job.cron} UTC':18} {task:21} {job.does}")


def _describe(handler: InTransaction | Job) -> str:
    return f"{'job ' + handler.task if isinstance(handler, Job) else 'in transaction'}: {handler.does}"


def _inbox_lines(name: EventName) -> Iterator[str]:
    """The inbox items that an event opens and closes."""
    rules = DOMAINS.inbox_rules.values()
    yield from (f"inbox opens {rule.kind.value}: {rule.zh}" for rule in rules if name in rule.opens)
    yield from (f"inbox closes {rule.kind.value}" for rule in rules if name in rule.closes)
