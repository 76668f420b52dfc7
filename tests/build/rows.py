"""Builders of rows with valid defaults. They flush and do not commit."""

import secrets
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pypinyin  # noqa: F401 - loads its dictionary here; inside a transaction this can exceed the time limit
import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.ground.places import FenceKind, PlaceKind
from schemas.identity.local_rules import RuleKey
from schemas.identity.organisation_links import LinkKind
from schemas.identity.organisations import Family, Level, OrganisationKind, Role
from service.foundation.ids import new_id
from service.ground.places.rules import build_search_text
from service.ground.places.tables import Fence, Place
from service.identity.local_rules.tables import LocalRule
from service.identity.people.tables import Consent, Person
from service.identity.tree.tables import Division, DivisionImport, Organisation, OrganisationLink, Posting

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
XUANWU = (118.7969, 32.0603)
"""(longitude, latitude) in WGS 84, degrees; a point in Nanjing."""


async def an_organisation(session: AsyncSession, *, under: Organisation | None = None, **fields: Any) -> Organisation:
    fields.setdefault("id", new_id())
    path = f"{under.path}.{fields['id'].hex}" if under else fields["id"].hex
    row = Organisation(
        **{
            "family": Family.UNIT,
            "kind": OrganisationKind.ORGAN,
            "name": "一个单位",
            "parent_id": under.id if under else None,
            "path": path,
            "created_at": LONG_AGO,
            "request_fingerprint": b"",
        }
        | fields
    )
    session.add(row)
    await session.flush()
    return row


async def a_person(session: AsyncSession, **fields: Any) -> Person:
    row = Person(**{"id": new_id(), "name": "某同志", "created_at": LONG_AGO, "request_fingerprint": b""} | fields)
    session.add(row)
    await session.flush()
    return row


async def a_posting(
    session: AsyncSession, person: Person, organisation: Organisation, role: Role, **fields: Any
) -> Posting:
    row = Posting(
        **{
            "id": new_id(),
            "person_id": person.id,
            "organisation_id": organisation.id,
            "role": role,
            "valid_from": LONG_AGO,
            "request_fingerprint": b"",
        }
        | fields
    )
    session.add(row)
    await session.flush()
    return row


async def a_link(
    session: AsyncSession, kind: LinkKind, start: Organisation, end: Organisation, **fields: Any
) -> OrganisationLink:
    row = OrganisationLink(
        **{
            "id": new_id(),
            "kind": kind,
            "from_id": start.id,
            "to_id": end.id,
            "valid_from": LONG_AGO,
            "request_fingerprint": b"",
        }
        | fields
    )
    session.add(row)
    await session.flush()
    return row


async def a_place(session: AsyncSession, organisation: Organisation, **fields: Any) -> Place:
    name = fields.get("name", "一个社区")
    row = Place(
        **{
            "id": new_id(),
            "kind": PlaceKind.COMMUNITY,
            "name": name,
            "organisation_id": organisation.id,
            "search_text": build_search_text(name),
            "created_at": LONG_AGO,
            "request_fingerprint": b"",
        }
        | fields
    )
    session.add(row)
    await session.flush()
    return row


async def a_circle(
    session: AsyncSession, place: Place, centre: tuple[float, float] = XUANWU, radius_m: float = 200
) -> Fence:
    row = Fence(
        id=new_id(),
        place_id=place.id,
        name="围栏",
        kind=FenceKind.CIRCLE,
        radius_m=radius_m,
        area=f"SRID=4326;POINT({centre[0]} {centre[1]})",
        valid_from=LONG_AGO,
        request_fingerprint=b"",
    )
    session.add(row)
    await session.flush()
    return row


async def a_consent(session: AsyncSession, person: Person) -> Consent:
    row = Consent(
        id=new_id(), person_id=person.id, purpose="keep_positions", notice_version="2026-1", given_at=LONG_AGO
    )
    session.add(row)
    await session.flush()
    return row


async def a_local_rule(
    session: AsyncSession, organisation: Organisation, key: RuleKey, value: int, **fields: Any
) -> LocalRule:
    author = await a_person(session)
    row = LocalRule(
        **{
            "id": new_id(),
            "organisation_id": organisation.id,
            "key": key.value,
            "value": value,
            "valid_from": LONG_AGO.date(),
            "source": "县委办〔2020〕1号",
            "author_id": author.id,
            "recorded_at": LONG_AGO,
            "number": 1,
            "request_fingerprint": b"",
        }
        | fields
    )
    session.add(row)
    await session.flush()
    return row


async def count(session: AsyncSession, table: Any, **where: UUID | str) -> int:
    conditions = [getattr(table, name) == value for name, value in where.items()]
    return await session.scalar(sa.select(sa.func.count()).select_from(table).where(*conditions)) or 0


async def a_village_code(session: AsyncSession) -> str:
    """Create the divisions from an invented province down to a village; return the code of the village."""
    import_id = new_id()
    code = f"{secrets.randbelow(10**12):012}"
    session.add(
        DivisionImport(id=import_id, source_name="", source_sha256="", as_of=LONG_AGO.date(), started_at=LONG_AGO)
    )
    await session.flush()
    parent_code: str | None = None
    for length, level in zip((2, 4, 6, 9, 12), Level, strict=True):
        part = code[:length]
        if await session.get(Division, part) is None:
            row = Division(
                code=part,
                name="某地",
                level=level,
                parent_code=parent_code,
                valid_from=LONG_AGO.date(),
                import_id=import_id,
            )
            session.add(row)
            await session.flush()
        parent_code = part
    return code
