"""Keys and what they do: field encryption and its blind index, the keyed sameness of messages, tokens and seals.

Keys are files in one folder, made by `grassroots keys create`. Field keys are numbered: every one there can
read, the newest writes, so a key is changed by adding a file.
"""

import hmac
import json
import os
import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12


class KeysUnusable(RuntimeError):
    """The folder of keys is missing, incomplete or weak; said at start, before anything is served."""


@dataclass(frozen=True)
class Keys:
    """The keys of this deployment, in memory. `field` maps key number to key."""

    token: ec.EllipticCurvePrivateKey
    seal: ec.EllipticCurvePrivateKey
    sameness: bytes
    index: bytes
    field: dict[int, bytes]

    def same(self, content: Any) -> bytes:
        """The keyed digest by which a repeated message is recognised (32 bytes).

        Keyed, because a bare hash of a check-in would let anyone with the database try out positions until
        one fits, and so undo the forgetting (DESIGN §4).
        """
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return hmac.new(self.sameness, canonical.encode(), sha256).digest()

    def encrypt(self, plain: str, column: str) -> bytes:
        """AES-256-GCM under the newest key, bound to `table.column`: key number, nonce, ciphertext with tag."""
        number = max(self.field)
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = AESGCM(self.field[number]).encrypt(nonce, plain.encode(), column.encode())
        return number.to_bytes(2, "big") + nonce + sealed

    def decrypt(self, stored: bytes, column: str) -> str:
        """The text again. Raises KeysUnusable when its key is gone or it belongs to another column."""
        number, nonce, sealed = int.from_bytes(stored[:2], "big"), stored[2:14], stored[14:]
        if number not in self.field:
            raise KeysUnusable(f"field key {number} is missing")
        try:
            return AESGCM(self.field[number]).decrypt(nonce, sealed, column.encode()).decode()
        except InvalidTag:
            raise KeysUnusable(f"a value of {column} cannot be read with field key {number}") from None


def create_keys(directory: Path) -> list[str]:
    """Make the keys that are missing (files 0600 in a folder 0700) and return their names; existing ones stay."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = [name for name in ("token.pem", "seal.pem") if _create(directory / name, _new_signing_key)]
    made += [name for name in ("sameness.key", "index.key", "field-1.key") if _create(directory / name, _new_secret)]
    return made


def load_keys(directory: Path) -> Keys:
    """The keys in the folder. Raises KeysUnusable when one is missing or too short."""
    try:
        field = {int(path.stem.removeprefix("field-")): _secret(path) for path in sorted(directory.glob("field-*.key"))}
        keys = Keys(
            token=_signing_key(directory / "token.pem"),
            seal=_signing_key(directory / "seal.pem"),
            sameness=_secret(directory / "sameness.key"),
            index=_secret(directory / "index.key"),
            field=field,
        )
    except OSError as failure:
        raise KeysUnusable(f"{failure.filename}: {failure.strerror}; run `grassroots keys create`") from None
    except ValueError as failure:
        raise KeysUnusable(str(failure)) from None
    if not field:
        raise KeysUnusable(f"{directory}: no field-*.key; run `grassroots keys create`")
    return keys


def _create(path: Path, content: Any) -> bool:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(handle, "wb") as file:
        file.write(content())
    return True


def _new_secret() -> bytes:
    return b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n"


def _new_signing_key() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _secret(path: Path) -> bytes:
    key = b64decode(path.read_bytes().strip(), validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError(f"{path.name}: a key has {KEY_BYTES} bytes, this one {len(key)}")
    return key


def _signing_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{path.name}: not an elliptic-curve private key")
    return key
