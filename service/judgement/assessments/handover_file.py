"""The handover file: one signed dossier per line, verifiable offline with the published key.

A line is canonical JSON of cycle_id, person_id, sha256 and jws. The JWS (ES256, compact) contains the canonical JSON of
the snapshot, and `sha256` is the hash of those bytes. Pure: no database, no network.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from service.foundation.token_keys import key_id
from service.identity.auth.tokens import ALGORITHM
from service.judgement.assessments.snapshots import Snapshot

TYPE = "dossier+jws"
"""The `typ` header of a dossier signature, because the same key also signs other content."""
FIELDS = {"cycle_id", "person_id", "sha256", "jws"}


class InvalidLine(ValueError):
    """A line that differs from what was handed over."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(en)


@dataclass(frozen=True)
class DossierSignature:
    """SHA-256 (hex) and JWS of a snapshot."""

    sha256: str
    jws: str


def canonical_json(content: Any) -> bytes:
    """Encode as canonical JSON: sorted keys, no spaces, UTF-8."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def sign_snapshot(snapshot: Snapshot, key: ec.EllipticCurvePrivateKey) -> DossierSignature:
    """Hash and sign a snapshot. ES256 signatures are random, so each is made once and stored."""
    payload = canonical_json(snapshot)
    headers = {"typ": TYPE, "kid": key_id(key.public_key())}
    return DossierSignature(sha256(payload).hexdigest(), jwt.api_jws.encode(payload, key, ALGORITHM, headers))


def write_line(cycle_id: UUID, person_id: UUID, signature: DossierSignature) -> bytes:
    """Encode one dossier as a line of the file."""
    content = {"cycle_id": str(cycle_id), "person_id": str(person_id), "sha256": signature.sha256, "jws": signature.jws}
    return canonical_json(content) + b"\n"


def split_lines(content: bytes) -> Iterator[bytes]:
    """Split into lines with their line ends. `verify_line` refuses a last line without one."""
    yield from BytesIO(content)


def parse_jwks(jwks: Mapping[str, Any]) -> dict[str, jwt.PyJWK]:
    """Parse the published keys. Returns key id → key. Raises ValueError if it is not a JWKS (RFC 7517)."""
    try:
        return {key["kid"]: jwt.PyJWK(key, ALGORITHM) for key in jwks["keys"]}
    except (KeyError, TypeError, jwt.PyJWTError) as error:
        raise ValueError(f"not a set of keys (RFC 7517): {error}") from None


def verify_line(raw: bytes, keys: Mapping[str, jwt.PyJWK]) -> tuple[str, str]:
    """Verify a line and return its cycle id and person id. Raises InvalidLine."""
    content = _parse_line(raw)
    payload = _verify_signature(content["jws"], keys)
    if sha256(payload).hexdigest() != content["sha256"]:
        raise InvalidLine("sha256 与签名内容不符", "sha256 differs from the signed content")
    snapshot = _parse_json(payload)
    if canonical_json(snapshot) != payload:
        raise InvalidLine("签名内容不是规范形式", "the signed content is not in canonical form")
    ids = (content["cycle_id"], content["person_id"])
    try:
        signed_ids = (snapshot["cycle"]["id"], snapshot["person_id"])
    except (KeyError, TypeError):
        raise InvalidLine("签名内容不是考核材料", "the signed content is not a dossier") from None
    if ids != signed_ids:
        raise InvalidLine("周期或人员与签名内容不符", "cycle or person differ from the signed content")
    return ids


def _parse_line(raw: bytes) -> dict[str, str]:
    content = _parse_json(raw)
    if not isinstance(content, dict) or content.keys() != FIELDS:
        raise InvalidLine("字段不符", "the fields are not those of a dossier line")
    if not all(isinstance(value, str) for value in content.values()) or canonical_json(content) + b"\n" != raw:
        raise InvalidLine("不是规范形式", "the line is not in canonical form")
    return content


def _parse_json(raw: bytes) -> Any:
    try:
        content = json.loads(raw.decode())
        canonical_json(content)  # a lone surrogate or NaN can be parsed, but not encoded
    except (ValueError, RecursionError):
        raise InvalidLine("不是有效的 JSON", "not valid JSON") from None
    return content


def _verify_signature(signature: str, keys: Mapping[str, jwt.PyJWK]) -> bytes:
    """Verify the JWS and return its payload. Base64 padding is refused too, although PyJWT accepts it."""
    try:
        header = jwt.api_jws.get_unverified_header(signature)
        key = keys.get(header.get("kid", ""))
        if key is None or header.get("typ") != TYPE:
            raise InvalidLine("签名密钥未公布", "the signing key is not published")
        payload: bytes = jwt.api_jws.decode(signature, key, algorithms=[ALGORITHM])
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        if isinstance(error, InvalidLine):
            raise
        raise InvalidLine("签名无效", "the signature is invalid") from None
    tail = signature.rpartition(".")[2]
    if urlsafe_b64encode(urlsafe_b64decode(tail + "=" * (-len(tail) % 4))).rstrip(b"=").decode() != tail:
        raise InvalidLine("签名写法不规范", "the signature is not in canonical form")
    return payload
