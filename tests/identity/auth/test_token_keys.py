"""Keys of access tokens: a new key signs nobody out, and forged tokens are refused."""

import base64
import hashlib
import hmac
import json
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlmodel.ext.asyncio.session import AsyncSession
from typer.testing import CliRunner

from routers.app import create_app
from routers.deps import Resources
from routers.foundation.keys_cli import app as keys_command
from service.foundation.crypto import KeysUnusable, add_token_key, load_keys
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.identity.auth.tokens import CACHE_SIZE, Principal
from service.identity.people.tables import Person
from tests import build
from tests.conftest import Caller, FakeClock, caller

TEN_MINUTES = 600


@pytest.fixture
async def person(session: AsyncSession) -> Person:
    person = await build.a_person(session)
    await session.commit()
    return person


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    """A copy of the key folder for this test."""
    return Path(shutil.copytree(settings.keys_directory, tmp_path / "keys"))


@pytest.fixture
async def processes(settings: Settings, folder: Path, clock: FakeClock) -> AsyncIterator[list[Caller]]:
    """Two API processes over the same folder."""
    all_resources = [Resources.of(settings.model_copy(update={"keys_directory": folder}), clock) for _ in range(2)]
    yield [caller(create_app(resources), resources) for resources in all_resources]
    for resources in all_resources:
        await resources.engine.dispose()


def issue(process: Caller, person: Person) -> str:
    return process.resources.tokens.issue(Principal(person.id, None), process.resources.clock())


async def is_accepted(process: Caller, token: str) -> bool:
    answer = await process.get("/v1/visits", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code in {200, 401}
    return answer.status_code == 200


async def parse_jwks(process: Caller) -> list[str]:
    return [key["kid"] for key in (await process.get("/.well-known/jwks.json")).json()["keys"][:-1]]


def kid(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


async def test_new_key_is_used_by_all_processes_and_old_tokens_work(
    processes: list[Caller], folder: Path, person: Person, clock: FakeClock
) -> None:
    old = issue(processes[0], person)
    add_token_key(folder)

    clock.move(seconds=10)
    new = issue(processes[0], person)

    assert kid(new) != kid(old)
    for process in processes:
        assert await is_accepted(process, old)
        assert await is_accepted(process, new)
        assert await parse_jwks(process) == [kid(new), kid(old)]


async def test_old_key_verifies_until_its_last_token_expires(
    processes: list[Caller], folder: Path, person: Person, clock: FakeClock
) -> None:
    first = kid(issue(processes[0], person))
    stolen = load_keys(folder).token.signing(clock())[1]
    add_token_key(folder)
    clock.move(seconds=10)
    new = kid(issue(processes[0], person))

    clock.move(seconds=TEN_MINUTES + 10)
    forged = jwt.encode(claims(clock), stolen, "ES256", headers={"kid": first})

    assert not await is_accepted(processes[0], forged)
    assert await parse_jwks(processes[0]) == [new]


async def test_removed_key_verifies_no_token(
    processes: list[Caller], folder: Path, person: Person, clock: FakeClock
) -> None:
    old = issue(processes[0], person)
    add_token_key(folder)
    (folder / "token.pem").unlink()

    clock.move(seconds=10)

    assert not await is_accepted(processes[0], old)
    assert len(await parse_jwks(processes[0])) == 1


async def test_new_process_reads_all_keys(settings: Settings, folder: Path, person: Person, clock: FakeClock) -> None:
    before = load_keys(folder).token.signing(clock())[0]
    add_token_key(folder)

    started = Resources.of(settings.model_copy(update={"keys_directory": folder}), clock)

    names = [key["kid"] for key in started.tokens.jwks(clock())]
    assert (len(names), names[1]) == (2, before)
    await started.engine.dispose()


async def test_damaged_key_file_prevents_start_but_not_running_process(
    processes: list[Caller], folder: Path, person: Person, clock: FakeClock
) -> None:
    (folder / "token-2.pem").write_text("half a key")
    clock.move(seconds=10)

    assert await is_accepted(processes[0], issue(processes[0], person))
    with pytest.raises(KeysUnusable):
        load_keys(folder)


def test_command_creates_next_key_readable_by_owner_only(folder: Path) -> None:
    results = [CliRunner().invoke(keys_command, ["add-token", "--directory", str(folder)]) for _ in range(2)]

    assert [result.exit_code for result in results] == [0, 0]
    assert {path.name for path in folder.glob("token*")} == {"token.pem", "token-2.pem", "token-3.pem"}
    assert {path.stat().st_mode & 0o777 for path in folder.glob("token*")} == {0o600}


def claims(clock: FakeClock, **changed: Any) -> dict[str, Any]:
    valid: dict[str, Any] = {
        "iss": "grassroots",
        "aud": "grassroots",
        "sub": str(new_id()),
        "jti": "1",
        "iat": clock(),
        "exp": clock() + timedelta(minutes=5),
    }
    return {name: value for name, value in (valid | changed).items() if value is not None}


@pytest.mark.parametrize(
    "changed",
    [
        *({name: None} for name in ("iss", "aud", "sub", "jti", "iat", "exp")),
        {"aud": "another"},
        {"aud": []},
        {"iss": "another"},
        {"sub": 7},
        {"sub": "7"},
        {"sub": ""},
        {"iat": 4_000_000_000},
        {"iat": "now"},
        {"nbf": 4_000_000_000},
        {"nbf": "later"},
        {"exp": 10**30},
        {"exp": float("nan")},
        {"exp": True},
        {"org": "nobody"},
        {"dev": "nothing"},
        {"dev": 7},
    ],
    ids=str,
)
async def test_signed_token_with_wrong_claims_is_refused(
    api: Caller, resources: Resources, clock: FakeClock, changed: dict[str, Any]
) -> None:
    name, key = resources.keys.token.signing(clock())
    body = claims(clock, **changed)
    token = sign_token(body, key, name)

    answer = await api.get("/v1/visits", headers={"Authorization": f"Bearer {token}"})

    expected = "auth.token_expired" if changed == {"exp": True} else "auth.token_invalid"
    assert (answer.status_code, answer.json()["code"]) == (401, expected)


def sign_token(body: dict[str, Any], key: ec.EllipticCurvePrivateKey, name: str) -> str:
    """A token encoded without the library's checks, which refuse some of these claims."""
    payload = json.dumps(
        {claim: int(value.timestamp()) if hasattr(value, "timestamp") else value for claim, value in body.items()}
    )
    return jwt.api_jws.encode(payload.encode(), key, "ES256", headers={"kid": name})


def part(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


async def test_token_with_foreign_algorithm_key_or_key_id_is_refused(
    api: Caller, resources: Resources, clock: FakeClock
) -> None:
    name, key = resources.keys.token.signing(clock())
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    good = sign_token(claims(clock), key, name)
    body = good.split(".")[1]
    by_public = f"{part({'alg': 'HS256', 'kid': name})}.{body}"
    mac = base64.urlsafe_b64encode(hmac.new(public, by_public.encode(), hashlib.sha256).digest()).decode().rstrip("=")
    forged = {
        "alg none": f"{part({'alg': 'none', 'kid': name})}.{body}.",
        "alg None, signature kept": f"{part({'alg': 'None', 'kid': name})}.{body}.{good.split('.')[2]}",
        "HS256 with the public key": f"{by_public}.{mac}",
        "another key under our name": sign_token(claims(clock), ec.generate_private_key(ec.SECP256R1()), name),
        "our key under another name": sign_token(claims(clock), key, "0" * 16),
        "no name": jwt.encode(claims(clock), key, "ES256"),
        "a name that is a list": f"{part({'alg': 'ES256', 'kid': [name]})}.{body}.{good.split('.')[2]}",
        "a key of its own in the header": f"{part({'alg': 'ES256', 'jwk': {}})}.{body}.{good.split('.')[2]}",
        "the signing key": sign_token(claims(clock), resources.keys.signing, name),
        "another body": f"{good.split('.')[0]}.{part({'sub': str(new_id())})}.{good.split('.')[2]}",
        "garbage": "garbage",
        "four parts": good + ".x",
        "empty parts": "..",
        "not latin": "é.é.é",
        "very long": "a" * 5000,
    }

    answers = {}
    for forgery, token in forged.items():
        answer = await api.get("/v1/visits", headers={"Authorization": f"Bearer {token}".encode()})
        answers[forgery] = (answer.status_code, answer.json()["code"])

    assert (await api.get("/v1/visits", headers={"Authorization": f"Bearer {good}"})).status_code == 200
    assert answers == dict.fromkeys(forged, (401, "auth.token_invalid"))


async def test_cache_of_verified_tokens_is_bounded(
    api: Caller, resources: Resources, person: Person, clock: FakeClock
) -> None:
    for _ in range(CACHE_SIZE + 10):
        token = resources.tokens.issue(Principal(person.id, None, new_id()), clock())
        resources.tokens.verify(token, clock())

    assert 0 < len(resources.tokens._verified) <= CACHE_SIZE
