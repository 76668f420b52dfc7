"""The event catalogue: what each event carries and who receives it. One file per domain.

What a reader may rely on. Each event comes at least once, in one order for all, with the same id in the feed, in
webhooks and after a restore: what was seen before is passed over by its id. An unknown name is passed over too; names
and payloads gain and never change. Payloads point, with ids, states and moments; what they point at is read with the
reader's own rights as they are then, so an answer "not there" means: no longer yours to see.

When rights begin or end, for whatever reason and also by date alone, every person concerned finds
`person.rights_changed` in the own feed (`is_to_be_read_anew`). The feed of organisations gained holds events older
than the phone's cursor, and none tells what was lost. So a phone that finds it drops the records of others that it
keeps, reads its postings, its inbox and its lists from the beginning, and goes on with the feed from the cursor it
had. Finding it twice is harmless. What is asked between the moment and the event is answered by the rights in force:
the event is a hint, never the guard.
"""

from importlib import import_module
from pkgutil import iter_modules

from schemas.events.base import Described
from schemas.events.names import EventName

_FOUND: dict[EventName, Described] = {}
for _file in sorted(file.name for file in iter_modules(__path__)):
    _FOUND |= getattr(import_module(f"{__name__}.{_file}"), "DESCRIBED", {})

CATALOGUE: dict[EventName, Described] = {name: _FOUND[name] for name in EventName if name in _FOUND}
"""Every event, in the order of its names; each file of this folder adds its `DESCRIBED`."""
OUTWARD: frozenset[EventName] = frozenset(name for name, described in CATALOGUE.items() if described.outward)
"""The events a webhook endpoint may subscribe to."""

__all__ = ["CATALOGUE", "OUTWARD", "Described", "EventName"]
