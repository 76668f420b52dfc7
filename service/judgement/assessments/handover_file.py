"""The hand-over: one signed dossier a line, so written that every byte counts, and checked without us.

A line is canonical JSON of cycle_id, person_id, sha256 and jws; the JWS (ES256, compact) carries the canonical
JSON of the snapshot, and `sha256` is of exactly those bytes. Pure: no database, no network.
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
"""The `typ` of a dossier's signature: the key signs other things too, and one never passes for another."""
FIELDS = {"cycle_id", "person_id", "sha256", "jws"}


class InvalidLine(ValueError):
    """A line that is not as it was handed over."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(en)


@dataclass(frozen=True)
class DossierSignature:
    """The hash and the signature of a snapshot."""

    sha256: str
    jws: str


def canonical(content: Any) -> bytes:
    """The one way of writing it: sorted keys, no spaces, UTF-8."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def sign_snapshot(snapshot: Snapshot, key: ec.EllipticCurvePrivateKey) -> DossierSignature:
    """Hash and sign. The signature has chance in it, so it is made once and kept."""
    payload = canonical(snapshot)
    headers = {"typ": TYPE, "kid": key_id(key.public_key())}
    return DossierSignature(sha256(payload).hexdigest(), jwt.api_jws.encode(payload, key, ALGORITHM, headers))


def write_line(cycle_id: UUID, person_id: UUID, signature: DossierSignature) -> bytes:
    """One dossier as it is handed over."""
    content = {"cycle_id": str(cycle_id), "person_id": str(person_id), "sha256": signature.sha256, "jws": signature.jws}
    return canonical(content) + b"\n"


def split_lines(content: bytes) -> Iterator[bytes]:
    """The lines with their ends; the last one may lack it, which `checked` finds."""
    yield from BytesIO(content)


def parse_jwks(jwks: Mapping[str, Any]) -> dict[str, jwt.PyJWK]:
    """The keys that may have signed, by id. Raises ValueError for what is no JWKS."""
    try:
        return {one["kid"]: jwt.PyJWK(one, ALGORITHM) for one in jwks["keys"]}
    except (KeyError, TypeError, jwt.PyJWTError) as failure:
        raise ValueError(f"not a set of keys (RFC 7517): {failure}") from None


def verify_line(raw: bytes, keys: Mapping[str, jwt.PyJWK]) -> tuple[str, str]:
    """Cycle and person of a line that is exactly as it was handed over. Raises InvalidLine."""
    content = _parsed(raw)
    payload = _signed(content["jws"], keys)
    if sha256(payload).hexdigest() != content["sha256"]:
        raise InvalidLine("sha256 与签名内容不符", "sha256 is not that of the signed content")
    snapshot = _json(payload)
    if canonical(snapshot) != payload:
        raise InvalidLine("签名内容不是规范形式", "the signed content is not in canonical form")
    told = (content["cycle_id"], content["person_id"])
    try:
        known = (snapshot["cycle"]["id"], snapshot["person_id"])
    except (KeyError, TypeError):
        raise InvalidLine("签名内容不是考核材料", "the signed content is no dossier") from None
    if told != known:
        raise InvalidLine("周期或人员与签名内容不符", "cycle or person are not those of the signed content")
    return told


def _parsed(raw: bytes) -> dict[str, str]:
    content = _json(raw)
    if not isinstance(content, dict) or content.keys() != FIELDS:
        raise InvalidLine("字段不符", "the fields are not those of a dossier's line")
    if not all(isinstance(value, str) for value in content.values()) or canonical(content) + b"\n" != raw:
        raise InvalidLine("不是规范形式", "the line is not in canonical form")
    return content


def _json(raw: bytes) -> Any:
    try:
        content = json.loads(raw.decode())
        canonical(content)  # a lone surrogate or NaN reads, and cannot be written
    except (ValueError, RecursionError):
        raise InvalidLine("不是有效的 JSON", "not valid JSON") from None
    return content


def _signed(signature: str, keys: Mapping[str, jwt.PyJWK]) -> bytes:
    """The content that the JWS signs. The same signature with padding is a change as well, though PyJWT takes it."""
    try:
        header = jwt.api_jws.get_unverified_header(signature)
        key = keys.get(header.get("kid", ""))
        if key is None or header.get("typ") != TYPE:
            raise InvalidLine("签名密钥未公布", "signed by a key that is not published")
        payload: bytes = jwt.api_jws.decode(signature, key, algorithms=[ALGORITHM])
    except (jwt.PyJWTError, ValueError, TypeError) as failure:
        if isinstance(failure, InvalidLine):
            raise
        raise InvalidLine("签名无效", "the signature does not hold") from None
    tail = signature.rpartition(".")[2]
    if urlsafe_b64encode(urlsafe_b64decode(tail + "=" * (-len(tail) % 4))).rstrip(b"=").decode() != tail:
        raise InvalidLine("签名写法不规范", "the signature is not in canonical form")
    return payload
