"""The doors: the only session of a request, the only commit, the only sight of what the process holds.

`WriteSession` commits before the answer leaves, `Reading` cannot write, `Hot` makes one statement the transaction,
`AuditedReadSession` reads personal data and commits its line of the access log. A raised error rolls everything back.
"""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from service.fieldwork.transcriptions.transcribing import Transcriptions
from service.foundation import db
from service.foundation.clock import Clock, system_clock
from service.foundation.crypto import Keys, load_keys
from service.foundation.errors import VersionMissing, VersionUnreadable
from service.foundation.paging import PageQuery, decode_key
from service.foundation.settings import Settings
from service.identity.access.access_log import log_access
from service.identity.access.actor import Actor
from service.identity.auth.adapters.round_trip import RoundTrips
from service.identity.auth.attempts import PERSONS, SYSTEMS, Attempts
from service.identity.auth.limits import RequestLimits
from service.identity.auth.passwords import Passwords as PasswordHasher
from service.identity.auth.refreshing import Refreshing
from service.identity.auth.sign_in import Ways
from service.identity.auth.tokens import Tokens


@dataclass
class Resources:
    """What one API process holds. Made once by `create_app`, opened by its lifespan."""

    settings: Settings
    keys: Keys
    clock: Clock = system_clock
    engine: AsyncEngine = field(init=False)
    reading: AsyncEngine = field(init=False)
    hot: db.Hot = field(init=False)
    tokens: Tokens = field(init=False)
    limits: RequestLimits = field(init=False)
    passwords: PasswordHasher = field(init=False)
    ways: Ways = field(init=False)
    round_trips: RoundTrips = field(init=False)
    transcriptions: Transcriptions = field(init=False)

    def __post_init__(self) -> None:
        self.engine = db.create_engine(self.settings)
        self.reading = self.engine.execution_options(postgresql_readonly=True)
        self.hot = db.Hot(self.settings)
        self.tokens = Tokens(self.keys.token, self.settings.access_token_s)
        self.limits = RequestLimits(self.settings)
        self.passwords = PasswordHasher(self.settings.password_hashes_at_once)
        refreshing = Refreshing.of(self.settings, self.keys.derived("refresh tokens"))
        attempts = Attempts(self.settings, self.keys.derived("sign-in attempts"))
        self.ways = Ways(self.keys, self.passwords, refreshing, attempts)
        self.round_trips = RoundTrips(self.settings, self.keys, self.clock)
        self.transcriptions = Transcriptions.of(self.settings)

    @classmethod
    def of(cls, settings: Settings, clock: Clock = system_clock) -> "Resources":
        """Raises KeysUnusable, ProvidersUnusable."""
        return cls(settings, load_keys(settings.keys_directory, settings.field_cipher), clock)


def resources(request: Request) -> Resources:
    """What this process holds."""
    held: Resources = request.app.state.resources
    return held


async def _resources(request: Request) -> Resources:
    return resources(request)


async def _now(request: Request) -> datetime:
    return resources(request).clock()


async def _writing(request: Request) -> AsyncIterator[AsyncSession]:
    async with db.transaction(resources(request).engine) as session:
        yield session


async def _reading(request: Request) -> AsyncIterator[AsyncSession]:
    async with db.transaction(resources(request).reading) as session:
        yield session


async def _briefly(request: Request) -> Callable[[], AbstractAsyncContextManager[AsyncSession]]:
    return lambda: db.transaction(resources(request).reading)


async def _hot(request: Request) -> db.Hot:
    return resources(request).hot


OUR_ETAG = re.compile(r'(?:W/)?"([0-9]{1,9})"')
"""A proxy that compresses may have weakened it."""


class AuditedRead:
    """A session for reading personal data that insists on its line of the access log."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.is_logged = False

    async def log(self, action: str, actor: Actor, subject_id: UUID, **facts: str) -> None:
        await log_access(self.session, action, actor_id=actor.id, subject_id=subject_id, facts=facts)
        self.is_logged = True


async def _logged(request: Request) -> AsyncIterator[AuditedRead]:
    async with db.transaction(resources(request).engine) as session:
        door = AuditedRead(session)
        yield door
        if not door.is_logged:
            raise RuntimeError(f"{request.url.path} read personal data without a line in the access log")


async def _address(request: Request) -> str:
    """Of the caller; behind a gateway its own word for it (FORWARDED_ALLOW_IPS)."""
    return request.client.host if request.client else "unknown"


Address = Annotated[str, Depends(_address)]


@asynccontextmanager
async def _turn(held: Resources, address: str, whose: str) -> AsyncIterator[None]:
    await held.ways.attempts.must_be_open(held.hot, address, held.clock(), whose)
    async with held.passwords.turn():
        yield


async def _password_turn(request: Request, address: Address) -> AsyncIterator[None]:
    async with _turn(resources(request), address, PERSONS):
        yield


async def _system_turn(request: Request, address: Address) -> AsyncIterator[None]:
    async with _turn(resources(request), address, SYSTEMS):
        yield


# scope="function": the block ends, and the commit happens, before the answer is sent (STYLE §5.1)
WriteSession = Annotated[AsyncSession, Depends(_writing, scope="function")]
ReadSession = Annotated[AsyncSession, Depends(_reading, scope="function")]
AuditedReadSession = Annotated[AuditedRead, Depends(_logged, scope="function")]
ShortReadSession = Annotated[Callable[[], AbstractAsyncContextManager[AsyncSession]], Depends(_briefly)]
"""A reading session of one's own length, for endpoints that then wait for a stranger and must not hold a connection."""
Hot = Annotated[db.Hot, Depends(_hot)]
AppState = Annotated[Resources, Depends(_resources)]
PasswordTurn = Annotated[None, Depends(_password_turn, scope="function")]
"""A turn at hashing for an address that is not locked; stands before the session in a signature, so that waiting costs
no connection."""
SystemTurn = Annotated[None, Depends(_system_turn, scope="function")]
"""The same for a system: where systems fail persons still sign in, and the other way round."""
Now = Annotated[datetime, Depends(_now)]


async def _page(
    limit: Annotated[int, Query(ge=1, le=200)] = 50, cursor: Annotated[str | None, Query(max_length=500)] = None
) -> PageQuery:
    return PageQuery(limit, decode_key(cursor))


Paged = Annotated[PageQuery, Depends(_page)]


async def _if_match(
    if_match: Annotated[str | None, Header(description='The ETag read before, e.g. "3".')] = None,
) -> int:
    if if_match is None:
        raise VersionMissing
    version = OUR_ETAG.fullmatch(if_match.strip())
    if version is None:
        raise VersionUnreadable
    return int(version[1])


async def _if_match_given(
    if_match: Annotated[str | None, Header(description='The ETag read before, e.g. "3".')] = None,
) -> int | None:
    return None if if_match is None else await _if_match(if_match)


IfMatch = Annotated[int, Depends(_if_match)]
"""The version a change was based on."""
IfMatchGiven = Annotated[int | None, Depends(_if_match_given)]
"""The same where nothing may be there yet: None without the header."""


def tagged(response: Response, version: int) -> None:
    """Answer with the ETag of this version."""
    response.headers["ETag"] = f'"{version}"'


def created(response: Response, is_new: bool, version: int) -> None:
    """201 for what is new, 200 for a repetition, with the ETag."""
    response.status_code = 201 if is_new else 200
    tagged(response, version)
