"""Checking in: many arrivals in one statement, and what to answer for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from schemas.fieldwork.visits import CheckIn, VisitOut
from schemas.foundation.common import canonical_fields
from schemas.foundation.geo import Position
from service.fieldwork.visits import rules
from service.fieldwork.visits.errors import VisitNotFound
from service.fieldwork.visits.rules import Measure
from service.fieldwork.visits.statements import ASKED, CHECK_IN, CHECK_IN_MANY, EARLIER, WHY_NOT
from service.foundation.crypto import Keys
from service.foundation.db import AutocommitPool
from service.foundation.errors import ContentDiffers, DomainError
from service.foundation.geo import to_wgs84
from service.foundation.ids import new_id
from service.ground.places import site_codes
from service.ground.places.errors import PlaceNotFound
from service.identity.access.actor import Actor
from service.identity.access.errors import NotPermitted, OrganisationNotFound

NOTHING: dict[str, Any] = dict.fromkeys(ASKED) | {Measure.POSITIONS: 0}


@dataclass(frozen=True, slots=True)
class Arrival:
    """One check-in as asked, with the id the phone made and the keyed request_fingerprint of what it sent."""

    id: UUID
    asked: CheckIn
    request_fingerprint: bytes
    is_code_right: bool | None = None
    """Whether the site code was the place's at that moment; None when there was none."""


@dataclass(frozen=True, slots=True)
class CheckedIn:
    """The visit, and whether this request made it."""

    visit: VisitOut
    is_new: bool


def arrival_of(keys: Keys, visit_id: UUID, request: CheckIn) -> Arrival:
    """The check-in of a request, with the judgement of its site code."""
    is_code_right = site_codes.verify_code(keys, request.place_id, request.site_code, request.checked_in_at)
    return Arrival(visit_id, request, keys.fingerprint(canonical_fields(request)), is_code_right)


async def check_in(pool: AutocommitPool, actor: Actor, arrival: Arrival, sent_at: datetime | None) -> CheckedIn:
    """Check in once. Raises what `check_in_many` gives back as failures."""
    values = {**_asked(actor, arrival, sent_at), **_asking(actor)}
    (outcome,) = await _answers(pool, actor, [arrival], await pool.rows(CHECK_IN, values))
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


async def check_in_many(
    pool: AutocommitPool, actor: Actor, arrivals: Sequence[Arrival], sent_at: datetime | None
) -> list[CheckedIn | DomainError]:
    """Check in with one statement; `sent_at` is the phone's clock when it sent the request.

    For each arrival the visit, or the failure: ContentDiffers, VisitNotFound for another's id, PlaceNotFound,
    OrganisationNotFound, NotPermitted, AxesSwapped, OutsideDatum.
    """
    request, refused = [], {}
    for arrival in {arrival.id: arrival for arrival in reversed(arrivals)}.values():
        try:
            request.append(_asked(actor, arrival, sent_at))
        except DomainError as failure:
            refused[arrival.id] = failure
    values = {"asked": orjson.dumps(request, _hex, orjson.OPT_NON_STR_KEYS).decode(), **_asking(actor)}
    taken = [arrival for arrival in arrivals if arrival.id not in refused]
    answers = iter(await _answers(pool, actor, taken, await pool.rows(CHECK_IN_MANY, values)) if taken else ())
    return [refused.get(arrival.id) or next(answers) for arrival in arrivals]


async def _answers(
    pool: AutocommitPool, actor: Actor, arrivals: Sequence[Arrival], rows: Sequence[dict[str, Any]]
) -> list[CheckedIn | DomainError]:
    """What came of each arrival, reading what was there before if some made no new visit."""
    new = {row["id"]: row for row in rows}
    others = [arrival.id for arrival in arrivals if arrival.id not in new]
    earlier = await pool.rows(EARLIER, {"ids": others, "person_id": actor.id}) if others else []
    known = new | {row["id"]: row for row in earlier}
    answers: list[CheckedIn | DomainError] = []
    for arrival in arrivals:
        row = known.get(arrival.id)
        if row is None:
            answers.append(await _why_not(pool, actor, arrival))
        elif bytes(row["request_fingerprint"]) != arrival.request_fingerprint:
            answers.append(ContentDiffers(id=str(arrival.id)))
        else:
            answers.append(CheckedIn(VisitOut.model_validate(row), new.pop(arrival.id, None) is not None))
    return answers


async def _why_not(pool: AutocommitPool, actor: Actor, arrival: Arrival) -> DomainError:
    """There is neither a new visit nor an earlier one of this person: something is missing."""
    (why,) = await pool.rows(
        WHY_NOT,
        {
            "id": arrival.id,
            "person_id": actor.id,
            "place_id": arrival.asked.place_id,
            "organisation_id": arrival.asked.organisation_id,
            "now": actor.at,
        },
    )
    if why["is_taken"]:
        return VisitNotFound(visit_id=str(arrival.id))
    if not why["has_place"]:
        return PlaceNotFound(place_id=str(arrival.asked.place_id))
    if arrival.asked.organisation_id and not why["has_posting"]:
        return OrganisationNotFound(organisation_id=str(arrival.asked.organisation_id))
    return NotPermitted(permission=actor.permission)


def _asking(actor: Actor) -> dict[str, Any]:
    return {"person_id": actor.id, "now": actor.at}


def _asked(actor: Actor, arrival: Arrival, sent_at: datetime | None) -> dict[str, Any]:
    """The fields of `statements.ASKED`: as sent, the position in WGS 84, and what is measured without the database."""
    request, position = arrival.asked, arrival.asked.position
    right = arrival.is_code_right
    ahead = max(request.checked_in_at - actor.at, timedelta(0))
    back = ahead if rules.is_ahead(request.checked_in_at, actor.at) else timedelta(0)
    return {
        **NOTHING,
        **(_evidence(position, request.checked_in_at, back) if position else {}),
        "id": arrival.id,
        "event_id": new_id(),
        "place_id": request.place_id,
        "organisation_id": request.organisation_id,
        "checked_in_at": request.checked_in_at - back,
        "request_fingerprint": arrival.request_fingerprint,
        Measure.CLOCK_SKEW_S: _skew_s(actor.at, sent_at, ahead),
        Measure.SITE_CODES: None if right is None else int(right),
    }


def _skew_s(now: datetime, sent_at: datetime | None, ahead: timedelta) -> float | None:
    """A moment that has not been yet tells of a wrong clock, also when the phone does not tell its clock."""
    if sent_at is None:
        return ahead.total_seconds() or None
    return max(abs(now - sent_at), ahead).total_seconds()


def _evidence(position: Position, checked_in_at: datetime, back: timedelta) -> dict[str, Any]:
    """`back`: by how much the phone's clock is put back, the moment of the position with that of the check-in."""
    longitude_deg, latitude_deg = to_wgs84(position)
    return {
        "point": f"POINT({longitude_deg!r} {latitude_deg!r})",
        "accuracy_m": position.accuracy_m,
        "captured_at": position.captured_at - back,
        "sent_longitude_deg": position.longitude_deg,
        "sent_latitude_deg": position.latitude_deg,
        "sent_datum": position.datum.value,
        Measure.POSITIONS: 1,
        Measure.POSITION_AGE_S: abs((position.captured_at - checked_in_at).total_seconds()),
        Measure.MOCKS: int(position.is_mocked),
    }


def _hex(value: bytes) -> str:
    """Bytes within JSON, as PostgreSQL reads them."""
    return f"\\x{value.hex()}"
