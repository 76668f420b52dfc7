"""`grassroots people`: create the first administrators, and change any person's sign-in."""

import asyncio
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import typer
from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError

from schemas.identity.auth import CredentialUpdate
from schemas.identity.organisations import Role
from service.foundation.clock import system_clock
from service.foundation.db import create_engine, transaction
from service.foundation.events.actors import SYSTEM
from service.foundation.settings import settings
from service.identity.auth import second_factors
from service.identity.auth.actions import person_with_login, set_credential
from service.identity.auth.bootstrap import create_administrator as create
from service.identity.auth.errors import PasswordUnfit
from service.identity.auth.passwords import Passwords
from service.identity.people.tables import Person

app = typer.Typer(help="People, from the command line.", no_args_is_help=True)


class Administrator(StrEnum):
    """The administrator roles.

    The command creates their first holders, because no administrator exists yet.
    """

    SYSTEM_ADMINISTRATOR = Role.SYSTEM_ADMINISTRATOR
    SECURITY_ADMINISTRATOR = Role.SECURITY_ADMINISTRATOR
    AUDIT_ADMINISTRATOR = Role.AUDIT_ADMINISTRATOR


@app.callback()
def _group() -> None:
    pass


@app.command()
def create_administrator(
    login: Annotated[str, typer.Option()],
    name: Annotated[str, typer.Option()],
    jurisdiction: Annotated[str, typer.Option(help="Name of the two root organisations, if there are none yet.")],
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)],
    role: Annotated[
        Administrator, typer.Option(help="One of the three; they are three different persons (三员分立).")
    ] = Administrator.SYSTEM_ADMINISTRATOR,
) -> None:
    """Create one of the three administrators of the whole jurisdiction."""
    try:
        asyncio.run(_create(CredentialUpdate(login=login, password=password), name, jurisdiction, Role(role)))
    except ValidationError as failure:
        errors = "; ".join(f"{error['loc'][0]}: {error['msg']}" for error in failure.errors())
        typer.echo(f"grassroots: {errors}", err=True)
        raise typer.Exit(1) from None
    except IntegrityError:
        typer.echo(f"grassroots: the login {login} is taken", err=True)
        raise typer.Exit(1) from None
    print(f"{login}: {role.value} of {jurisdiction}")


async def _create(credential: CredentialUpdate, name: str, jurisdiction: str, role: Role) -> None:
    engine = create_engine(settings())
    try:
        async with transaction(engine) as session:
            await create(
                session,
                Passwords(1),
                jurisdiction=jurisdiction,
                name=name,
                credential=credential,
                now=system_clock(),
                role=role,
            )
    finally:
        await engine.dispose()


@app.command()
def set_password(
    login: Annotated[str, typer.Option()],
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)],
    person_id: Annotated[UUID | None, typer.Option(help="Required if the person has no login yet.")] = None,
) -> None:
    """Set the password of any person, such as a security administrator.

    The person must change it before signing in.
    """
    try:
        is_set = asyncio.run(_set_password(CredentialUpdate(login=login, password=password), person_id))
    except (ValidationError, PasswordUnfit):
        typer.echo("grassroots: login or password is too short, too long or too easy to guess", err=True)
        raise typer.Exit(1) from None
    except IntegrityError:
        typer.echo(f"grassroots: the login {login} is taken", err=True)
        raise typer.Exit(1) from None
    if not is_set:
        typer.echo(f"grassroots: there is no login {login}, or no such person", err=True)
        raise typer.Exit(1)
    print(f"{login}: 密码已设置，登录后须先修改；各设备已退出 · set, to be changed first; signed out everywhere")


async def _set_password(request: CredentialUpdate, person_id: UUID | None) -> bool:
    """Set the password. Returns False when there is no such person."""
    engine = create_engine(settings())
    try:
        async with transaction(engine) as session:
            person = await session.get(Person, person_id or await person_with_login(session, request.login))
            if person:
                now = system_clock()
                await set_credential(session, Passwords(1), person, request, now=now, by=SYSTEM, must_change=True)
            return person is not None
    finally:
        await engine.dispose()


@app.command()
def reset_second_factor(login: Annotated[str, typer.Option()]) -> None:
    """Remove the lost authenticator of any person. The person is notified and sets up a new one."""
    if not asyncio.run(_reset(login)):
        typer.echo(f"grassroots: {login} has no authenticator, or there is no such login", err=True)
        raise typer.Exit(1)
    print(f"{login}: 身份验证器已重置，各设备已退出 · reset; signed out everywhere")


async def _reset(login: str) -> bool:
    engine = create_engine(settings())
    try:
        async with transaction(engine) as session:
            person_id = await person_with_login(session, login)
            return person_id is not None and await second_factors.reset(
                session, person_id, by=SYSTEM, now=system_clock()
            )
    finally:
        await engine.dispose()
