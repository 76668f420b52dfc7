"""Checking in: many arrivals in one statement, and what to answer for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.visits import CheckIn, VisitOut
from service.access.actor import Actor
from service.access.errors import NotPermitted, OrganisationNotFound
from service.access.permissions import Permission
from service.access.roles import roles_with
from service.core.db import Hot
from service.core.errors import ContentDiffers, DomainError
from service.core.geo import to_wgs84
from service.core.ids import new_id
from service.places.errors import PlaceNotFound
from service.visits.errors import VisitNotFound
from service.visits.statements import CHECK_IN, WHY_NOT

VISITING_ROLES = roles_with(Permission.VISIT_WRITE)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One check-in as asked, with the id the phone made and the keyed sameness of what it sent."""

    id: UUID
    asked: CheckIn
    sameness: bytes
    is_code_right: bool | None = None
    """Whether the site code was the place's at that moment; None when there was none."""


@dataclass(frozen=True, slots=True)
class CheckedIn:
    """The visit, and whether this request made it."""

    visit: VisitOut
    is_new: bool


async def check_in(hot: Hot, actor: Actor, arrival: Arrival, sent_at: datetime | None) -> CheckedIn:
    """Check in once. Raises what `check_in_many` gives back as failures."""
    (outcome,) = await check_in_many(hot, actor, [arrival], sent_at)
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


async def check_in_many(
    hot: Hot, actor: Actor, arrivals: Sequence[Arrival], sent_at: datetime | None
) -> list[CheckedIn | DomainError]:
    """Check in with one statement; `sent_at` is the phone's clock when it sent the request.

    For each arrival the visit, or the failure: ContentDiffers, VisitNotFound for another's id, PlaceNotFound,
    OrganisationNotFound, NotPermitted. Raises AxesSwapped and OutsideDatum before anything is written.
    """
    rows = await hot.rows(CHECK_IN, _values(actor, arrivals, sent_at))
    found = {row["id"]: row for row in rows}
    answers: list[CheckedIn | DomainError] = []
    told: set[UUID] = set()
    for arrival in arrivals:
        row = found.get(arrival.id) or await _read_again(hot, actor, arrival)
        answers.append(row if isinstance(row, DomainError) else _answer(row, arrival, told))
    return answers


def _answer(row: dict[str, Any], arrival: Arrival, told: set[UUID]) -> CheckedIn | DomainError:
    if bytes(row["sameness"]) != arrival.sameness:
        return ContentDiffers(id=str(arrival.id))
    is_new = row["is_new"] and arrival.id not in told
    told.add(arrival.id)
    return CheckedIn(VisitOut.model_validate(row), is_new)


async def _read_again(hot: Hot, actor: Actor, arrival: Arrival) -> dict[str, Any] | DomainError:
    """A row that was neither new nor old: written by another at that instant, or something is missing."""
    (why,) = await hot.rows(
        WHY_NOT,
        {
            "id": arrival.id,
            "person_id": actor.id,
            "place_id": arrival.asked.place_id,
            "organisation_id": arrival.asked.organisation_id,
            "now": actor.at,
        },
    )
    if why["mine"]:
        sameness = bytes.fromhex(why["mine"]["sameness"].removeprefix("\\x"))
        return {**why["mine"], "sameness": sameness, "is_new": False}
    if why["is_taken"]:
        return VisitNotFound(visit_id=str(arrival.id))
    if not why["has_place"]:
        return PlaceNotFound(place_id=str(arrival.asked.place_id))
    if arrival.asked.organisation_id and not why["has_posting"]:
        return OrganisationNotFound(organisation_id=str(arrival.asked.organisation_id))
    return NotPermitted(permission=actor.permission.value)


def _values(actor: Actor, arrivals: Sequence[Arrival], sent_at: datetime | None) -> dict[str, Any]:
    asked = [arrival.asked for arrival in arrivals]
    positions = [one.position for one in asked]
    places = [to_wgs84(position) if position else (None, None) for position in positions]
    return {
        "person_id": actor.id,
        "now": actor.at,
        "roles": VISITING_ROLES,
        "clock_skew_s": abs((actor.at - sent_at).total_seconds()) if sent_at else None,
        "ids": [arrival.id for arrival in arrivals],
        "event_ids": [new_id() for _ in arrivals],
        "samenesses": [arrival.sameness for arrival in arrivals],
        "place_ids": [one.place_id for one in asked],
        "organisation_ids": [one.organisation_id for one in asked],
        "checked_in_at": [one.checked_in_at for one in asked],
        "longitude_deg": [longitude_deg for longitude_deg, _ in places],
        "latitude_deg": [latitude_deg for _, latitude_deg in places],
        "accuracy_m": [one and one.accuracy_m for one in positions],
        "captured_at": [one and one.captured_at for one in positions],
        "mocks": [one and int(one.is_mocked) for one in positions],
        "site_codes": [None if (right := arrival.is_code_right) is None else int(right) for arrival in arrivals],
        "sent_longitude_deg": [one and one.longitude_deg for one in positions],
        "sent_latitude_deg": [one and one.latitude_deg for one in positions],
        "sent_datum": [one and one.datum.value for one in positions],
    }
