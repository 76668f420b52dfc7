"""ID tokens: valid ones are accepted, wrong and forged ones refused, and keys may change."""

import base64
import hmac
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from service.identity.people.tables import Person
from tests.conftest import START, Caller, FakeClock
from tests.identity.auth.adapters.conftest import SignInFlow, begin, own_name, subject_of
from tests.identity.auth.adapters.fake_providers import FakeIssuer

START_S = int(START.timestamp())


async def finish_with(flow: SignInFlow, issuer: FakeIssuer, person: Person, **change: Any) -> Any:
    code = issuer.issue_code(flow.page, subject_of(person), **change)
    return await flow.finish(code, iss=issuer.url)


async def test_linked_person_signs_in(api: Caller, issuer: FakeIssuer, person: Person) -> None:
    answer = await finish_with(await begin(api, "city"), issuer, person)

    assert await own_name(api, person, answer) == person.name


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another"},
        {"aud": ["grassroots-app", "another"]},
        {"aud": None},
        {"azp": "another"},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": START_S - 31},
        {"exp": None},
        {"exp": "soon"},
        {"iat": START_S + 3600, "exp": START_S + 7200},
        {"iat": START_S - 3600},
        {"iat": None},
        {"nbf": START_S + 3600},
        {"at_hash": "AAAA"},
        {"sub": 7},
        {"sub": ""},
        {"sub": "somebody-else"},
        {"exp": 10**30},
    ],
    ids=str,
)
async def test_id_token_with_wrong_claims_is_refused_with_one_answer(
    api: Caller, issuer: FakeIssuer, person: Person, clock: FakeClock, change: dict[str, Any]
) -> None:
    clock.now = START

    answer = await finish_with(await begin(api, "city"), issuer, person, **change)

    assert (answer.status_code, answer.json()["code"], answer.json()["facts"]) == (401, "auth.sign_in_refused", {})
    assert "管理员" in answer.json()["title"]


@pytest.mark.parametrize(
    "change",
    [
        {"aud": ["grassroots-app"]},
        {"aud": ["grassroots-app", "another"], "azp": "grassroots-app"},
        {"at_hash": None},
        {"exp": START_S - 20},
        {"iat": START_S + 20},
    ],
    ids=str,
)
async def test_valid_id_token_is_accepted(
    api: Caller, issuer: FakeIssuer, person: Person, clock: FakeClock, change: dict[str, Any]
) -> None:
    clock.now = START

    answer = await finish_with(await begin(api, "city"), issuer, person, **change)

    assert answer.status_code == 200


def b64(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def unsigned(issuer: FakeIssuer, claims: dict[str, Any]) -> str:
    return f"{b64(json.dumps({'alg': 'none', 'kid': issuer.key_id}).encode())}.{b64(json.dumps(claims).encode())}."


def by_public_key(issuer: FakeIssuer, claims: dict[str, Any]) -> str:
    """HS256 with the public key as secret: accepted by a library that trusts the token's algorithm."""
    pem = issuer.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    parts = ({"alg": "HS256", "kid": issuer.key_id}, claims)
    signed = ".".join(b64(json.dumps(part).encode()) for part in parts)
    return f"{signed}.{b64(hmac.digest(pem, signed.encode(), 'sha256'))}"


def by_another_key(issuer: FakeIssuer, claims: dict[str, Any]) -> str:
    return jwt.encode(claims, ec.generate_private_key(ec.SECP256R1()), "ES256", headers={"kid": issuer.key_id})


@pytest.mark.parametrize("forgery", [unsigned, by_public_key, by_another_key, lambda *_: "a.b.c", lambda *_: ""])
async def test_forged_id_token_is_refused(api: Caller, issuer: FakeIssuer, person: Person, forgery: Any) -> None:
    issuer.forge = lambda claims: forgery(issuer, claims)

    answer = await finish_with(await begin(api, "city"), issuer, person)

    assert (answer.status_code, answer.json()["code"]) == (401, "auth.sign_in_refused")


async def test_new_provider_key_is_fetched_at_once(api: Caller, issuer: FakeIssuer, person: Person) -> None:
    statuses = []
    for key_id in ("second", "third"):
        issuer.key, issuer.key_id = ec.generate_private_key(ec.SECP256R1()), key_id
        statuses.append((await finish_with(await begin(api, "city"), issuer, person)).status_code)

    assert statuses == [200, 200]


async def test_unknown_key_ids_cause_one_fetch_per_half_minute(
    api: Caller, issuer: FakeIssuer, person: Person, clock: FakeClock
) -> None:
    await finish_with(await begin(api, "city"), issuer, person)
    issuer.forge = lambda claims: jwt.encode(claims, issuer.key, "ES256", headers={"kid": str(len(issuer.paths))})
    before = issuer.count("/jwks")

    refused = {(await finish_with(await begin(api, "city"), issuer, person)).status_code for _ in range(5)}
    in_half_a_minute = issuer.count("/jwks") - before
    clock.move(seconds=30)
    await finish_with(await begin(api, "city"), issuer, person)

    assert (refused, in_half_a_minute) == ({401}, 1)
    assert issuer.count("/jwks") - before == 2


async def test_keys_and_discovery_document_are_cached_for_an_hour(
    api: Caller, issuer: FakeIssuer, person: Person, clock: FakeClock
) -> None:
    issuer.forge = None
    clock.move(hours=2)
    before = len([path for path in issuer.paths if path != "/token"])
    for _ in range(3):
        await finish_with(await begin(api, "city"), issuer, person)
    clock.now += timedelta(minutes=59)

    answer = await finish_with(await begin(api, "city"), issuer, person)

    assert answer.status_code == 200
    assert len([path for path in issuer.paths if path != "/token"]) - before == 2
