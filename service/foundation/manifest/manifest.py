"""`Manifest`: the declaration of one domain. `Domains`: all declarations, merged for the readers."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from schemas.events import EventName
from schemas.foundation.manifest import InboxKind
from service.foundation.links import Links
from service.foundation.manifest.checks import RowsCheck, SettingsCheck
from service.foundation.manifest.handlers import InTransaction, Job, PeriodicJob, TimerHandler
from service.foundation.manifest.inbox_rules import InboxRule
from service.foundation.manifest.records import HandOver, OpenReference, OtherReference, RetentionRule, TableRecord


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """All that other parts of the system need to know about a domain."""

    records: tuple[TableRecord, ...] = ()
    retention: tuple[RetentionRule, ...] = ()
    paths: Mapping[str, str] = field(default_factory=dict)
    """The part of an event name before the dot → path of its subject below `/v1`."""
    handlers: Mapping[EventName, tuple[InTransaction | Job, ...]] = field(default_factory=dict)
    batch_handlers: tuple[InTransaction, ...] = ()
    """Handlers for every batch of the relay; they run before the handlers of events."""
    timers: Mapping[str, TimerHandler] = field(default_factory=dict)
    periodic_jobs: tuple[PeriodicJob, ...] = ()
    inbox_rules: tuple[InboxRule, ...] = ()
    open_references: tuple[OpenReference, ...] = ()
    other_references: tuple[OtherReference, ...] = ()
    hand_over: HandOver | None = None
    """Moves records to the successor when an organisation is closed."""
    settings_checks: tuple[SettingsCheck, ...] = ()
    rows_checks: tuple[RowsCheck, ...] = ()


Value = TypeVar("Value")


class Domains:
    """All manifests, in floor order. Raises: ValueError when two manifests declare the same name."""

    def __init__(self, *manifests: Manifest) -> None:
        self.manifests = manifests

    @cached_property
    def records(self) -> dict[str, TableRecord]:
        """Table name → inventory entry."""
        return _by(lambda record: record.name, self._all(lambda manifest: manifest.records))

    @cached_property
    def retention(self) -> dict[str, RetentionRule]:
        """Name → retention rule, highest floor first: a dossier is purged before the report it cites."""
        return _by(
            lambda rule: rule.word, (rule for manifest in reversed(self.manifests) for rule in manifest.retention)
        )

    @cached_property
    def paths(self) -> dict[str, str]:
        """The part of an event name before the dot → path below `/v1`."""
        return _merge_mappings(manifest.paths for manifest in self.manifests)

    @cached_property
    def handlers(self) -> dict[EventName, tuple[InTransaction | Job, ...]]:
        """Event name → its handlers, in floor order."""
        merged: dict[EventName, tuple[InTransaction | Job, ...]] = {}
        for manifest in self.manifests:
            for name, handlers in manifest.handlers.items():
                merged[name] = (*merged.get(name, ()), *handlers)
        return merged

    @cached_property
    def batch_handlers(self) -> tuple[InTransaction, ...]:
        """Handlers for every batch of the relay."""
        return tuple(self._all(lambda manifest: manifest.batch_handlers))

    @cached_property
    def timers(self) -> dict[str, TimerHandler]:
        """Kind of timer → handler."""
        return _merge_mappings(manifest.timers for manifest in self.manifests)

    @cached_property
    def jobs(self) -> dict[str, Job]:
        """Task name → job; a job may run after several events."""
        jobs = [handler for handlers in self.handlers.values() for handler in handlers if isinstance(handler, Job)]
        return _by(lambda job: job.task, dict.fromkeys(jobs))

    @cached_property
    def periodic_jobs(self) -> dict[str, PeriodicJob]:
        """Task name → periodic job."""
        return _by(lambda job: job.task, self._all(lambda manifest: manifest.periodic_jobs))

    @cached_property
    def inbox_rules(self) -> dict[InboxKind, InboxRule]:
        """Kind of inbox item → rule."""
        return _by(lambda rule: rule.kind, self._all(lambda manifest: manifest.inbox_rules))

    @cached_property
    def open_references(self) -> dict[str, OpenReference]:
        """`table.column` → reference that keeps an organisation open."""
        return _by(lambda reference: reference.name, self._all(lambda manifest: manifest.open_references))

    @cached_property
    def other_references(self) -> dict[str, OtherReference]:
        """`table.column` → reference to an organisation that does not keep it open."""
        return _by(lambda reference: reference.name, self._all(lambda manifest: manifest.other_references))

    @cached_property
    def hand_overs(self) -> tuple[HandOver, ...]:
        """The hand-over functions, in floor order."""
        return tuple(manifest.hand_over for manifest in self.manifests if manifest.hand_over)

    @cached_property
    def settings_checks(self) -> tuple[SettingsCheck, ...]:
        """The doctor's checks of the settings."""
        return tuple(self._all(lambda manifest: manifest.settings_checks))

    @cached_property
    def rows_checks(self) -> tuple[RowsCheck, ...]:
        """The doctor's checks of the database."""
        return tuple(self._all(lambda manifest: manifest.rows_checks))

    def links(self, public_url: str) -> Links:
        """Return the URLs of records in this deployment."""
        return Links(public_url, self.paths)

    def _all(self, part: Callable[[Manifest], Iterable[Value]]) -> Iterator[Value]:
        return (value for manifest in self.manifests for value in part(manifest))


def _by(key: Callable[[Value], Any], values: Iterable[Value]) -> dict[Any, Value]:
    by_key: dict[Any, Value] = {}
    for value in values:
        if key(value) in by_key:
            raise ValueError(f"{key(value)} is declared twice")
        by_key[key(value)] = value
    return by_key


def _merge_mappings(parts: Iterable[Mapping[str, Value]]) -> dict[str, Value]:
    pairs = [pair for part in parts for pair in part.items()]
    return {key: value for key, (_, value) in _by(lambda pair: pair[0], pairs).items()}
