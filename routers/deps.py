"""Dependencies of endpoints: database sessions, application state, time, `If-Match`.

- `WriteSession`: one transaction, committed before the response is sent.
- `ReadSession`: a read-only transaction.
- `AuditedReadSession`: reads personal data; fails unless the endpoint writes a line to the access log.
- `ShortReadSession`: opens a read-only transaction for a part of an endpoint.
- `AutocommitConnection`: a pool in which each statement is a transaction of its own.

A raised error rolls the transaction back.
"""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.foundation.common import Page
from service.domains import DOMAINS
from service.fieldwork.transcriptions.transcription_service import TranscriptionService
from service.foundation import db
from service.foundation.clock import Clock, system_clock
from service.foundation.crypto import Keys, load_keys
from service.foundation.errors import VersionMissing, VersionUnreadable
from service.foundation.links import Links
from service.foundation.paging import Slice
from service.foundation.settings import Settings
from service.identity.access.access_log import log_access
from service.identity.access.actor import Actor
from service.identity.auth.adapters.providers import Providers
from service.identity.auth.attempts import PERSONS, SYSTEMS, Attempts
from service.identity.auth.limits import RequestLimits
from service.identity.auth.passwords import Passwords as PasswordHasher
from service.identity.auth.refresh_tokens import RefreshTokens
from service.identity.auth.sign_in import SignInTools
from service.identity.auth.tokens import Tokens

Out = TypeVar("Out", bound=BaseModel)


@dataclass
class Resources:
    """The state of one API process: settings, keys, pools and caches. The lifespan opens and closes it."""

    settings: Settings
    keys: Keys
    clock: Clock = system_clock
    engine: AsyncEngine = field(init=False)
    reading: AsyncEngine = field(init=False)
    pool: db.AutocommitPool = field(init=False)
    tokens: Tokens = field(init=False)
    limits: RequestLimits = field(init=False)
    passwords: PasswordHasher = field(init=False)
    sign_in_tools: SignInTools = field(init=False)
    sign_in_providers: Providers = field(init=False)
    transcriptions: TranscriptionService = field(init=False)
    links: Links = field(init=False)

    def __post_init__(self) -> None:
        self.engine = db.create_engine(self.settings)
        self.reading = self.engine.execution_options(postgresql_readonly=True)
        self.pool = db.AutocommitPool(self.settings)
        self.tokens = Tokens(self.keys.token, self.settings.access_token_s)
        self.limits = RequestLimits(self.settings)
        self.passwords = PasswordHasher(self.settings.password_hashes_at_once)
        refresh_tokens = RefreshTokens.of(self.settings, self.keys.derived("refresh tokens"))
        attempts = Attempts(self.settings, self.keys.derived("sign-in attempts"))
        self.sign_in_tools = SignInTools(self.keys, self.passwords, refresh_tokens, attempts)
        self.sign_in_providers = Providers(self.settings, self.keys, self.clock)
        self.transcriptions = TranscriptionService.from_settings(self.settings)
        self.links = DOMAINS.links(self.settings.public_url)

    @classmethod
    def of(cls, settings: Settings, clock: Clock = system_clock) -> "Resources":
        """Load the keys and build the resources. Raises: KeysUnusable, ProvidersUnusable."""
        return cls(settings, load_keys(settings.keys_directory, settings.field_cipher), clock)


def resources(request: Request) -> Resources:
    """Return the state of this API process."""
    app_state: Resources = request.app.state.resources
    return app_state


async def _resources(request: Request) -> Resources:
    return resources(request)


async def _now(request: Request) -> datetime:
    return resources(request).clock()


async def _write_session(request: Request) -> AsyncIterator[AsyncSession]:
    async with db.transaction(resources(request).engine) as session:
        yield session


async def _read_session(request: Request) -> AsyncIterator[AsyncSession]:
    async with db.transaction(resources(request).reading) as session:
        yield session


async def _short_read_session(request: Request) -> Callable[[], AbstractAsyncContextManager[AsyncSession]]:
    return lambda: db.transaction(resources(request).reading)


async def _autocommit_pool(request: Request) -> db.AutocommitPool:
    return resources(request).pool


OUR_ETAG = re.compile(r'(?:W/)?"([0-9]{1,9})"')
"""The ETag of a version. A proxy that compresses may have changed it to a weak one."""


class AuditedRead:
    """A session for reading personal data. The request fails if the endpoint does not call `log`."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.is_logged = False

    async def log(self, action: str, actor: Actor, subject_id: UUID, **facts: str) -> None:
        await log_access(self.session, action, actor_id=actor.id, subject_id=subject_id, facts=facts)
        self.is_logged = True


async def _audited_read_session(request: Request) -> AsyncIterator[AuditedRead]:
    async with db.transaction(resources(request).engine) as session:
        audited = AuditedRead(session)
        yield audited
        if not audited.is_logged:
            raise RuntimeError(f"{request.url.path} read personal data without a line in the access log")


async def _address(request: Request) -> str:
    """Return the IP address of the caller; behind a gateway, the forwarded one (FORWARDED_ALLOW_IPS)."""
    return request.client.host if request.client else "unknown"


Address = Annotated[str, Depends(_address)]


@asynccontextmanager
async def _hashing_slot(app_state: Resources, address: str, kind: str) -> AsyncIterator[None]:
    await app_state.sign_in_tools.attempts.require_unlocked_address(app_state.pool, address, app_state.clock(), kind)
    async with app_state.passwords.slot():
        yield


async def _password_slot(request: Request, address: Address) -> AsyncIterator[None]:
    async with _hashing_slot(resources(request), address, PERSONS):
        yield


async def _client_secret_slot(request: Request, address: Address) -> AsyncIterator[None]:
    async with _hashing_slot(resources(request), address, SYSTEMS):
        yield


# scope="function": the transaction is committed before the response is sent (STYLE §5.1)
WriteSession = Annotated[AsyncSession, Depends(_write_session, scope="function")]
ReadSession = Annotated[AsyncSession, Depends(_read_session, scope="function")]
AuditedReadSession = Annotated[AuditedRead, Depends(_audited_read_session, scope="function")]
ShortReadSession = Annotated[Callable[[], AbstractAsyncContextManager[AsyncSession]], Depends(_short_read_session)]
"""For endpoints that call another server, so that they hold no connection while they wait."""
AutocommitConnection = Annotated[db.AutocommitPool, Depends(_autocommit_pool)]
AppState = Annotated[Resources, Depends(_resources)]
PasswordSlot = Annotated[None, Depends(_password_slot, scope="function")]
"""A slot for password hashing, for an address that is not locked. Put it before the session in a signature, so that a
waiting request holds no connection."""
ClientSecretSlot = Annotated[None, Depends(_client_secret_slot, scope="function")]
"""A slot for a service client. Its failures are counted separately from those of persons."""
Now = Annotated[datetime, Depends(_now)]


def page_of(page: Slice[Any], model: type[Out]) -> Page[Out]:
    """Return the response of a list: each row as `model`, and the cursor of the next page."""
    return Page(items=[model.model_validate(row) for row in page.rows], next_cursor=page.next_cursor)


async def _if_match(
    if_match: Annotated[str | None, Header(description='The ETag of the version that was read, e.g. "3".')] = None,
) -> int:
    if if_match is None:
        raise VersionMissing
    version = OUR_ETAG.fullmatch(if_match.strip())
    if version is None:
        raise VersionUnreadable
    return int(version[1])


async def _if_match_given(
    if_match: Annotated[str | None, Header(description='The ETag of the version that was read, e.g. "3".')] = None,
) -> int | None:
    return None if if_match is None else await _if_match(if_match)


IfMatch = Annotated[int, Depends(_if_match)]
"""The version that a change is based on. Raises: VersionMissing, VersionUnreadable."""
IfMatchGiven = Annotated[int | None, Depends(_if_match_given)]
"""Like `IfMatch`, for a row that may not exist yet: None without the header."""


def set_etag(response: Response, version: int) -> None:
    """Set the ETag of the response to this version."""
    response.headers["ETag"] = f'"{version}"'


def set_created(response: Response, is_new: bool, version: int) -> None:
    """Set the status (201 for a new row, 200 for a repeated request) and the ETag."""
    response.status_code = 201 if is_new else 200
    set_etag(response, version)
