"""`grassroots verify` detects every change of a handover file with the published keys."""

import json
import random
from hashlib import sha256
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from routers.judgement.assessments_cli import count_verified
from service.foundation.ids import new_id
from service.identity.auth.tokens import jwk, key_id
from service.judgement.assessments.handover_file import (
    TYPE,
    DossierSignature,
    canonical_json,
    sign_snapshot,
    write_line,
)
from tests.build.assessments import World
from tests.build.commands import run_command

KEY = ec.generate_private_key(ec.SECP256R1())
JWKS = json.dumps({"keys": [jwk(KEY.public_key())]}).encode()
CYCLE, OTHER = new_id(), new_id()
PERSONS = sorted(new_id() for _ in range(3))


def a_snapshot(person_id: object, cycle_id: object = CYCLE) -> dict[str, Any]:
    figure = {"code": "median_days_to_answer", "name": "答复用时", "value": 2.5, "evidence": [{"value": 1}]}
    return {"cycle": {"id": str(cycle_id), "name": "年度考核"}, "person_id": str(person_id), "figures": [figure]}


LINES = [write_line(CYCLE, person, sign_snapshot(a_snapshot(person), KEY)) for person in PERSONS]
CONTENT = b"".join(LINES)


def sign_bytes(payload: bytes, key: ec.EllipticCurvePrivateKey = KEY, **header: str) -> DossierSignature:
    headers = {"typ": TYPE, "kid": key_id(KEY.public_key())} | header
    return DossierSignature(sha256(payload).hexdigest(), jwt.api_jws.encode(payload, key, "ES256", headers))


def test_unchanged_file_is_verified() -> None:
    assert count_verified(CONTENT, JWKS) == 3


def test_changed_byte_is_detected() -> None:
    chance = random.Random(3)

    for place in range(len(CONTENT)):
        tampered = bytearray(CONTENT)
        tampered[place] ^= chance.randrange(1, 256)
        with pytest.raises(ValueError, match=r"line \d"):
            count_verified(bytes(tampered), JWKS)


def test_other_spelling_of_the_last_signature_letter_is_detected() -> None:
    end = LINES[0].index(b'","person_id"') - 1

    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    others = [LINES[0][:end] + bytes([letter]) + LINES[0][end + 1 :] for letter in letters]

    assert others.count(LINES[0]) == 1
    for other in others:
        if other != LINES[0]:
            with pytest.raises(ValueError, match="line 1"):
                count_verified(other, JWKS)


def test_removed_or_added_byte_is_detected() -> None:
    for place in range(len(LINES[0])):
        removed = LINES[0][:place] + LINES[0][place + 1 :]
        added = (LINES[0][:place] + extra + LINES[0][place:] for extra in (b" ", b"0", b"=="))
        for tampered in (removed, *added):
            with pytest.raises(ValueError, match="line 1"):
                count_verified(tampered, JWKS)


OTHER_KEY = ec.generate_private_key(ec.SECP256R1())
OTHERS = canonical_json(a_snapshot(PERSONS[0], OTHER))
FORGED = {
    "another's key": write_line(CYCLE, PERSONS[0], sign_snapshot(a_snapshot(PERSONS[0]), OTHER_KEY)),
    "another's key under our id": write_line(
        CYCLE, PERSONS[0], sign_bytes(canonical_json(a_snapshot(PERSONS[0])), OTHER_KEY)
    ),
    "a signature over something else": write_line(
        CYCLE, PERSONS[0], sign_bytes(canonical_json(a_snapshot(PERSONS[0])), typ="JWT")
    ),
    "another person's dossier": write_line(CYCLE, PERSONS[0], sign_snapshot(a_snapshot(PERSONS[1]), KEY)),
    "another cycle's dossier": write_line(CYCLE, PERSONS[0], sign_bytes(OTHERS)),
    "no dossier at all": write_line(CYCLE, PERSONS[0], sign_bytes(b"[]")),
    "content not in canonical form": write_line(
        CYCLE, PERSONS[0], sign_bytes(json.dumps(a_snapshot(PERSONS[0])).encode())
    ),
    "no signature": write_line(CYCLE, PERSONS[0], DossierSignature("0" * 64, "")),
    "an unsigned token": write_line(CYCLE, PERSONS[0], DossierSignature("0" * 64, jwt.encode({}, None, "none"))),
    "the same person twice": LINES[0] + LINES[0],
    "out of order": LINES[1] + LINES[0],
    "two cycles in one file": LINES[0]
    + write_line(OTHER, PERSONS[1], sign_snapshot(a_snapshot(PERSONS[1], OTHER), KEY)),
    "an empty line": LINES[0] + b"\n",
    "no end of line": CONTENT[:-1],
    "not JSON": b"{\n",
    "deeply nested": b"[" * 100_000 + b"\n",
    "not a dossier's line": b"[1]\n",
    "a number for a text": b'{"cycle_id":1,"jws":"","person_id":"","sha256":""}\n',
    "a lone surrogate": b'{"cycle_id":"\\ud800","jws":"","person_id":"","sha256":""}\n',
}


@pytest.mark.parametrize("content", FORGED.values(), ids=FORGED.keys())
def test_forged_line_is_reported_with_its_number(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"第 \d+ 行.*line \d+"):
        count_verified(content, JWKS)


@pytest.mark.parametrize(
    "jwks", [b"", b"[]", b"{}", b'{"keys":[{}]}', b'{"keys":[{"kid":"a","kty":"EC"}]}', b'{"keys":1}']
)
def test_invalid_jwks_file_is_refused(jwks: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any message, but no crash
        count_verified(CONTENT, jwks)


def test_empty_file_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        count_verified(b"", JWKS)


def run(*arguments: str | Path) -> CompletedProcess[str]:
    """Run the command without settings, so without database and private keys."""
    return run_command("verify", *map(str, arguments))


async def test_verify_command_works_with_the_published_keys(world: World, tmp_path: Path) -> None:
    url = await world.freeze_cycle()
    file, keys = tmp_path / "dossiers.jsonl", tmp_path / "jwks.json"
    file.write_bytes((await world.personnel.get(f"{url}/handover")).content)
    keys.write_bytes((await world.api.get("/.well-known/jwks.json")).content)

    unchanged = run(file, "--jwks", keys)
    file.write_bytes(file.read_bytes().replace(b'"sha256":"', b'"sha256":"0', 1))
    tampered = run(file, "--jwks", keys)

    assert (unchanged.returncode, "2 dossiers verified" in unchanged.stdout) == (0, True), unchanged.stderr
    assert (tampered.returncode, "line 1" in tampered.stderr, tampered.stdout) == (1, True, "")
    assert "Traceback" not in tampered.stderr
