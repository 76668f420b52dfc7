"""The event catalogue: what each event carries and who receives it. One file per domain.

Contract of the feed. Each event is delivered at least once, in the same order for all readers. Its id is the same in
the feed, in webhooks and after a restore, so a reader can skip an id that it has seen. A reader must also skip an
unknown event name: new names and new payload fields are added, existing ones never change. Payloads contain ids,
states and timestamps. To read the details, request the record with the reader's own rights; "not found" then means
that the reader may not see the record any more.

When the rights of a person change, for any reason, also by date alone, the person gets `person.rights_changed` in
their own feed (`requires_reload`). The feed of a new organisation contains events that are older than the phone's
cursor, and no event names the records that the person may not see any more. So a phone that reads this event deletes
its copies of other people's records, loads its postings, inbox and lists again from the beginning, and continues with
the feed at its cursor. Reading the event twice does no harm. Requests between the change and the event are decided by
the current rights: the event is only a hint.
"""

from importlib import import_module
from pkgutil import iter_modules

from schemas.events.base import Described
from schemas.events.names import EventName

_DESCRIBED: dict[EventName, Described] = {}
for _file in sorted(file.name for file in iter_modules(__path__)):
    _DESCRIBED |= getattr(import_module(f"{__name__}.{_file}"), "DESCRIBED", {})

CATALOGUE: dict[EventName, Described] = {name: _DESCRIBED[name] for name in EventName if name in _DESCRIBED}
"""All events in the order of `EventName`. Each file of this folder adds its `DESCRIBED`."""
OUTWARD: frozenset[EventName] = frozenset(name for name, described in CATALOGUE.items() if described.outward)
"""The events a webhook endpoint may subscribe to."""

__all__ = ["CATALOGUE", "OUTWARD", "Described", "EventName"]
