"""Merging manifests: handlers of an event are collected in order; other names are unique."""

from uuid import UUID

import pytest

from schemas.events import EventName
from service.foundation.manifest.handlers import InTransaction, RelayBatch, TimerHandler
from service.foundation.manifest.manifest import Domains, Manifest


async def nothing(batch: RelayBatch) -> None:
    """Does nothing."""


FIRST, SECOND = InTransaction(nothing, "first"), InTransaction(nothing, "second")
TIMER = TimerHandler(lambda session, due, now: None, "something")  # type: ignore[arg-type,return-value]  # is not run


def test_handlers_of_an_event_run_in_the_order_of_the_manifests() -> None:
    manifests = [Manifest(handlers={EventName.VISIT_CHECKED_IN: (handler,)}) for handler in (FIRST, SECOND)]

    assert Domains(*manifests).handlers == {EventName.VISIT_CHECKED_IN: (FIRST, SECOND)}


def test_timer_of_two_domains_is_refused() -> None:
    domains = Domains(*[Manifest(timers={"visit.forgotten": TIMER})] * 2)

    with pytest.raises(ValueError, match=r"visit\.forgotten is declared twice"):
        _ = domains.timers


def test_link_is_below_the_public_url_or_none_without_a_path() -> None:
    links = Domains(Manifest(paths={"visit": "visits"})).links("https://grassroots.example/")
    subject_id = UUID(int=1)

    assert links.of(EventName.VISIT_CHECKED_IN, subject_id) == f"https://grassroots.example/v1/visits/{subject_id}"
    assert links.of(EventName.PLACE_CHANGED, subject_id) is None
