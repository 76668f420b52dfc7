"""Check-in: many requests in one statement, and the result or the failure of each."""

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
from service.fieldwork.visits.statements import CHECK_IN, CHECK_IN_MANY, COLUMN_TYPES, EXISTING_VISITS, FAILURE_CAUSES
from service.foundation.crypto import Keys
from service.foundation.db import AutocommitPool
from service.foundation.errors import ContentDiffers, DomainError
from service.foundation.geo import to_wgs84
from service.foundation.ids import new_id
from service.ground.places import site_codes
from service.ground.places.errors import PlaceNotFound
from service.identity.access.actor import Actor
from service.identity.access.errors import NotPermitted, OrganisationNotFound

WITHOUT_POSITION: dict[str, Any] = dict.fromkeys(COLUMN_TYPES) | {Measure.POSITIONS: 0}


@dataclass(frozen=True, slots=True)
class CheckInRequest:
    """One check-in: the id that the phone made, the request body, and the request fingerprint of the body."""

    id: UUID
    body: CheckIn
    request_fingerprint: bytes
    is_code_valid: bool | None = None
    """Whether the site code was valid at the place when the person checked in; None without a code."""


@dataclass(frozen=True, slots=True)
class CheckInResult:
    """The visit, and whether this request created it."""

    visit: VisitOut
    is_new: bool


def build_check_in_request(keys: Keys, visit_id: UUID, body: CheckIn) -> CheckInRequest:
    """Build a check-in from a request body and verify its site code."""
    is_code_valid = site_codes.verify_code(keys, body.place_id, body.site_code, body.checked_in_at)
    return CheckInRequest(visit_id, body, keys.fingerprint(canonical_fields(body)), is_code_valid)


async def check_in(
    pool: AutocommitPool, actor: Actor, request: CheckInRequest, sent_at: datetime | None
) -> CheckInResult:
    """Check in once. Raises: the failures that `check_in_many` returns."""
    values = {**_build_row(actor, request, sent_at), **_actor_values(actor)}
    (outcome,) = await _build_results(pool, actor, [request], await pool.rows(CHECK_IN, values))
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


async def check_in_many(
    pool: AutocommitPool, actor: Actor, requests: Sequence[CheckInRequest], sent_at: datetime | None
) -> list[CheckInResult | DomainError]:
    """Check in with one statement; `sent_at` is the phone's clock when it sent the request.

    Returns one entry per request, in the same order: the visit, or the failure. Failures: ContentDiffers,
    VisitNotFound (the id belongs to another person), PlaceNotFound, OrganisationNotFound, NotPermitted, AxesSwapped,
    OutsideDatum. Of two requests with the same id the first one counts.
    """
    rows, failures = [], {}
    for request in {request.id: request for request in reversed(requests)}.values():
        try:
            rows.append(_build_row(actor, request, sent_at))
        except DomainError as failure:
            failures[request.id] = failure
    values = {"requests": orjson.dumps(rows, _hex, orjson.OPT_NON_STR_KEYS).decode(), **_actor_values(actor)}
    valid = [request for request in requests if request.id not in failures]
    results = iter(await _build_results(pool, actor, valid, await pool.rows(CHECK_IN_MANY, values)) if valid else ())
    return [failures.get(request.id) or next(results) for request in requests]


async def _build_results(
    pool: AutocommitPool, actor: Actor, requests: Sequence[CheckInRequest], new_rows: Sequence[dict[str, Any]]
) -> list[CheckInResult | DomainError]:
    """Build the result of each request. Existing visits are read only if a request created no new one."""
    new = {row["id"]: row for row in new_rows}
    other_ids = [request.id for request in requests if request.id not in new]
    existing = await pool.rows(EXISTING_VISITS, {"ids": other_ids, "person_id": actor.id}) if other_ids else []
    rows = new | {row["id"]: row for row in existing}
    results: list[CheckInResult | DomainError] = []
    for request in requests:
        row = rows.get(request.id)
        if row is None:
            results.append(await _find_failure(pool, actor, request))
        elif bytes(row["request_fingerprint"]) != request.request_fingerprint:
            results.append(ContentDiffers(id=str(request.id)))
        else:
            results.append(CheckInResult(VisitOut.model_validate(row), new.pop(request.id, None) is not None))
    return results


async def _find_failure(pool: AutocommitPool, actor: Actor, request: CheckInRequest) -> DomainError:
    """Find out why there is neither a new visit nor an existing one of this person."""
    (causes,) = await pool.rows(
        FAILURE_CAUSES,
        {
            "id": request.id,
            "person_id": actor.id,
            "place_id": request.body.place_id,
            "organisation_id": request.body.organisation_id,
            "now": actor.at,
        },
    )
    if causes["is_taken"]:
        return VisitNotFound(visit_id=str(request.id))
    if not causes["has_place"]:
        return PlaceNotFound(place_id=str(request.body.place_id))
    if request.body.organisation_id and not causes["has_posting"]:
        return OrganisationNotFound(organisation_id=str(request.body.organisation_id))
    return NotPermitted(permission=actor.permission)


def _actor_values(actor: Actor) -> dict[str, Any]:
    return {"person_id": actor.id, "now": actor.at}


def _build_row(actor: Actor, request: CheckInRequest, sent_at: datetime | None) -> dict[str, Any]:
    """Build the columns of `statements.COLUMN_TYPES`, with the position in WGS 84.

    Measures that need no database are computed here. A check-in time in the future becomes the server's time.
    """
    body, position = request.body, request.body.position
    ahead = max(body.checked_in_at - actor.at, timedelta(0))
    correction = ahead if rules.is_in_future(body.checked_in_at, actor.at) else timedelta(0)
    return {
        **WITHOUT_POSITION,
        **(_position_columns(position, body.checked_in_at, correction) if position else {}),
        "id": request.id,
        "event_id": new_id(),
        "place_id": body.place_id,
        "organisation_id": body.organisation_id,
        "checked_in_at": body.checked_in_at - correction,
        "request_fingerprint": request.request_fingerprint,
        Measure.CLOCK_SKEW_S: _skew_s(actor.at, sent_at, ahead),
        Measure.SITE_CODES: None if request.is_code_valid is None else int(request.is_code_valid),
    }


def _skew_s(now: datetime, sent_at: datetime | None, ahead: timedelta) -> float | None:
    """Compute by how many seconds the phone's clock is wrong.

    A check-in time in the future shows a wrong clock even if the phone did not send `sent_at`.
    """
    if sent_at is None:
        return ahead.total_seconds() or None
    return max(abs(now - sent_at), ahead).total_seconds()


def _position_columns(position: Position, checked_in_at: datetime, correction: timedelta) -> dict[str, Any]:
    """Build the columns of a position. `correction` is subtracted from the phone's times."""
    longitude_deg, latitude_deg = to_wgs84(position)
    return {
        "point": f"POINT({longitude_deg!r} {latitude_deg!r})",
        "accuracy_m": position.accuracy_m,
        "captured_at": position.captured_at - correction,
        "sent_longitude_deg": position.longitude_deg,
        "sent_latitude_deg": position.latitude_deg,
        "sent_datum": position.datum.value,
        Measure.POSITIONS: 1,
        Measure.POSITION_AGE_S: abs((position.captured_at - checked_in_at).total_seconds()),
        Measure.MOCKS: int(position.is_mocked),
    }


def _hex(value: bytes) -> str:
    """Encode bytes in JSON as PostgreSQL reads them."""
    return f"\\x{value.hex()}"
