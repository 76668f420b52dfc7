"""Assembling manifests: handlers of one event add up in order, anything else is declared once."""

from uuid import UUID

import pytest

from schemas.events import EventName
from service.foundation.manifest.handlers import InTransaction, RelayBatch, TimerHandler
from service.foundation.manifest.manifest import Domains, Manifest


async def nothing(batch: RelayBatch) -> None:
    """Does nothing."""


FIRST, SECOND = InTransaction(nothing, "first"), InTransaction(nothing, "second")
TIMER = TimerHandler(lambda session, due, now: None, "something")  # type: ignore[arg-type,return-value]  # is not run


def test_handlers_of_one_event_run_in_the_order_of_the_manifests() -> None:
    manifests = [Manifest(handlers={EventName.VISIT_CHECKED_IN: (one,)}) for one in (FIRST, SECOND)]

    assert Domains(*manifests).handlers == {EventName.VISIT_CHECKED_IN: (FIRST, SECOND)}


def test_a_timer_that_two_domains_declare_is_refused() -> None:
    twice = Domains(*[Manifest(timers={"visit.forgotten": TIMER})] * 2)

    with pytest.raises(ValueError, match=r"visit\.forgotten is declared twice"):
        _ = twice.timers


def test_links_lead_below_the_public_url_and_are_none_without_a_path() -> None:
    links = Domains(Manifest(paths={"visit": "visits"})).links("https://grassroots.example/")
    subject_id = UUID(int=1)

    assert links.of(EventName.VISIT_CHECKED_IN, subject_id) == f"https://grassroots.example/v1/visits/{subject_id}"
    assert links.of(EventName.PLACE_CHANGED, subject_id) is None
