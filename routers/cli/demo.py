"""`grassroots demo`: create a small jurisdiction for trials.

All its data are invented and marked as demo.
"""

import asyncio
import json
import os
import secrets
from pathlib import Path
from typing import Annotated, Any
from uuid import NAMESPACE_URL, UUID, uuid5

import typer
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.foundation.geo import Circle, Datum, Point, Polygon
from schemas.ground.places import FenceCreate, PlaceCreate, PlaceKind
from schemas.identity.auth import CredentialUpdate
from schemas.identity.organisations import Family, OrganisationCreate, OrganisationKind, PostingCreate, Role
from schemas.identity.people import PersonCreate
from schemas.solving.problems import CategoryUpdate, RouteUpdate
from service.foundation.clock import system_clock
from service.foundation.db import create_engine, transaction
from service.foundation.events.actors import SYSTEM, EventActor
from service.foundation.settings import Settings, settings
from service.ground.places import actions as places
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.identity.auth.actions import set_credential
from service.identity.auth.bootstrap import create_administrator
from service.identity.auth.passwords import Passwords
from service.identity.auth.tables import Credential
from service.identity.organisations import actions as tree
from service.identity.people import actions as people
from service.identity.people.tables import Person
from service.identity.tree.tables import Organisation
from service.solving.problems import categories_and_routes as problems

JURISDICTION = "南京市（演示）"
ADMINISTRATOR = "demo-admin"
PEOPLE: dict[str, tuple[str, tuple[tuple[str, Role], ...]]] = {
    "demo-cadre": ("演示干部", (("organ", Role.CADRE),)),
    "demo-secretary": (
        "演示社区书记",
        (("community", Role.COMMUNITY_SECRETARY), ("community branch", Role.COMMUNITY_SECRETARY)),
    ),
    "demo-handler": ("演示经办人", (("street", Role.HANDLER),)),
    "demo-officer": ("演示机关党委干部", (("organ", Role.ORGAN_COMMITTEE_OFFICER),)),
    "demo-personnel": ("演示组织部干部", (("personnel", Role.PERSONNEL_ORGAN),)),
}
"""Login → name, and postings as (organisation, role)."""
PASSWORDS = Passwords(1)


def _id(word: str) -> UUID:
    """Return the id for a word. It is the same in every run, so that a second run changes nothing."""
    return uuid5(NAMESPACE_URL, f"urn:grassroots:demo:{word}")


def demo(
    credentials: Annotated[Path, typer.Option(help="The file for logins and ids (mode 0600).")],
) -> None:
    """Create the demo jurisdiction, or complete it. Refused in production."""
    if settings().environment == "production":
        typer.echo("grassroots: the demo is for development; GRASSROOTS_ENVIRONMENT says production", err=True)
        raise typer.Exit(1)
    passwords = _passwords(credentials)
    try:
        asyncio.run(_build_demo(settings(), passwords))
    except IntegrityError:
        typer.echo("grassroots: import the divisions of the sample first (`grassroots import divisions`)", err=True)
        raise typer.Exit(1) from None
    print(f"demo: {JURISDICTION}; sign in as {', '.join(passwords)} with the passwords in {credentials}")


def _passwords(path: Path) -> dict[str, str]:
    """Return the passwords of the file.

    If there is no file, create and write them first, so that a crash loses none.
    """
    if path.exists():
        existing: dict[str, str] = json.loads(path.read_text())["passwords"]
        return existing
    passwords = {login: secrets.token_urlsafe(12) for login in (ADMINISTRATOR, *PEOPLE)}
    content = {
        "passwords": passwords,
        "places": {word: str(_id(word)) for word in PLACES},
        "organisations": {word: str(_id(word)) for word in ORGANISATIONS},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".part")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file, ensure_ascii=False, indent=1)
    temporary.replace(path)
    return passwords


async def _build_demo(settings: Settings, passwords: dict[str, str]) -> None:
    engine = create_engine(settings)
    try:
        async with transaction(engine) as session:
            actor = await _administrator(session, passwords[ADMINISTRATOR])
        for step in (_organisations, _people, _places, _problems):
            async with transaction(engine) as session:
                await step(session, actor, passwords)
    finally:
        await engine.dispose()


async def _set_password(session: AsyncSession, person: Person, login: str, password: str, by: EventActor) -> None:
    """Set the password of the file if the person has another one."""
    statement = select(Credential.password_hash).where(Credential.person_id == person.id)
    if not await PASSWORDS.verify(password, (await session.exec(statement)).first()):
        request = CredentialUpdate(login=login, password=password)
        await set_credential(session, PASSWORDS, person, request, now=system_clock(), by=by)


async def _administrator(session: AsyncSession, password: str) -> Actor:
    now = system_clock()
    existing = await session.get(Person, _id(ADMINISTRATOR))
    if existing:
        await _set_password(session, existing, ADMINISTRATOR, password, SYSTEM)
    else:
        await create_administrator(
            session,
            PASSWORDS,
            jurisdiction=JURISDICTION,
            name="演示系统管理员",
            credential=CredentialUpdate(login=ADMINISTRATOR, password=password),
            now=now,
            person_id=_id(ADMINISTRATOR),
        )
    return Actor(_id(ADMINISTRATOR), None, Permission.ORGANISATION_WRITE, system_clock())


ORGANISATIONS: dict[str, dict[str, Any]] = {
    "organ": {"kind": OrganisationKind.ORGAN, "name": "市直某局（演示）"},
    "personnel": {"kind": OrganisationKind.ORGAN, "name": "市委组织部（演示）"},
    "street": {"kind": OrganisationKind.ORGAN, "name": "梅园新村街道办事处（演示）", "division_code": "320102002"},
    "community branch": {
        "family": Family.PARTY,
        "kind": OrganisationKind.BRANCH,
        "name": "梅园新村社区党支部（演示）",
        "division_code": "320102002001",
    },
    "community": {
        "kind": OrganisationKind.RESIDENTS_COMMITTEE,
        "name": "梅园新村社区居委会（演示）",
        "division_code": "320102002001",
    },
    "village": {
        "kind": OrganisationKind.VILLAGERS_COMMITTEE,
        "name": "七联村委会（演示）",
        "division_code": "320111005208",
    },
}


async def _organisations(session: AsyncSession, actor: Actor, _: dict[str, str]) -> None:
    roots = {family: await _root_id(session, family) for family in Family}
    for word, fields in ORGANISATIONS.items():
        family = fields.get("family", Family.UNIT)
        request = OrganisationCreate(**{"family": family, "parent_id": roots[family]} | fields)
        await tree.create_organisation(session, actor, _id(word), request, b"demo")


async def _root_id(session: AsyncSession, family: Family) -> UUID:
    statement = select(Organisation.id).where(Organisation.family == family, col(Organisation.parent_id).is_(None))
    return (await session.exec(statement)).one()


async def _people(session: AsyncSession, actor: Actor, passwords: dict[str, str]) -> None:
    for login, (name, postings) in PEOPLE.items():
        request = PersonCreate(name=name, organisation_id=_id(postings[0][0]))
        person, _ = await people.create_person(
            session, actor.asking(Permission.PERSON_WRITE), _id(login), request, b"demo"
        )
        await _set_password(session, person, login, passwords[login], actor.event_actor)
        for word, role in postings:
            posting = PostingCreate(person_id=person.id, organisation_id=_id(word), role=role, valid_from=actor.at)
            await tree.start_posting(
                session, actor.asking(Permission.POSTING_WRITE), _id(f"{login} at {word}"), posting, b"demo"
            )


def _square(longitude_deg: float, latitude_deg: float, half_deg: float) -> Polygon:
    west, east = longitude_deg - half_deg, longitude_deg + half_deg
    south, north = latitude_deg - half_deg, latitude_deg + half_deg
    ring = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return Polygon(kind="polygon", ring=ring, datum=Datum.WGS84)


def _circle(longitude_deg: float, latitude_deg: float, radius_m: float) -> Circle:
    centre = Point(longitude_deg=longitude_deg, latitude_deg=latitude_deg, datum=Datum.WGS84)
    return Circle(kind="circle", centre=centre, radius_m=radius_m)


PLACES: dict[str, tuple[PlaceKind, str, str, str, Circle | Polygon]] = {
    "a community": (
        PlaceKind.COMMUNITY,
        "梅园新村社区（演示）",
        "community",
        "320102002001",
        _square(118.7995, 32.0445, 0.003),
    ),
    "a village": (PlaceKind.VILLAGE, "七联村（演示）", "village", "320111005208", _circle(118.5601, 31.9552, 400)),
    "an enterprise": (
        PlaceKind.ENTERPRISE,
        "示例机电有限公司（演示）",
        "community",
        "320102002001",
        _circle(118.8012, 32.0431, 150),
    ),
}
"""Word → kind, name, responsible organisation, division, fence. The fences are invented."""


async def _places(session: AsyncSession, actor: Actor, _: dict[str, str]) -> None:
    writer = actor.asking(Permission.PLACE_WRITE)
    for word, (kind, name, organisation, division_code, shape) in PLACES.items():
        request = PlaceCreate(kind=kind, name=name, organisation_id=_id(organisation), division_code=division_code)
        await places.create_place(session, writer, _id(word), request, b"demo")
        fence = FenceCreate(name="演示围栏（虚构）", shape=shape)
        await places.set_fence(session, writer, _id(word), _id(f"{word} fence"), fence, b"demo")


async def _problems(session: AsyncSession, actor: Actor, _: dict[str, str]) -> None:
    problem_admin = actor.asking(Permission.PROBLEM_SET_UP)
    category = CategoryUpdate(name="路灯照明", respond_days=1, solve_days=5)
    await problems.set_category(session, problem_admin, "lighting", category)
    route = RouteUpdate(category_code="lighting", division_code="320102002", organisation_id=_id("street"))
    await problems.set_route(session, problem_admin, _id("lighting route"), route)
