"""Keys and what they do: field encryption and its blind index, keyed request fingerprints, tokens and seals.

Keys are files in one folder, made by `grassroots keys create`. How a column is encrypted: `field_cipher.py`.
"""

import hmac
import json
import os
import secrets
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from service.foundation.field_cipher import KEY_BYTES, FieldCipher, KeysUnusable, field_cipher, number_of, secret_in
from service.foundation.phones import e164
from service.foundation.token_keys import TokenKeys, next_token_file, signing_key

__all__ = ["Keys", "KeysUnusable", "add_field_key", "add_token_key", "create_keys", "load_keys", "renew_index_key"]
INDEX_HEAD_BYTES = 4


@dataclass(frozen=True)
class Keys:
    """The keys of this deployment, in memory."""

    token: TokenKeys
    seal: ec.EllipticCurvePrivateKey
    fingerprint_key: bytes
    index: bytes
    field: FieldCipher

    def fingerprint(self, content: Any) -> bytes:
        """The keyed digest by which a repeated message is recognised (32 bytes).

        Keyed, because a bare hash of a check-in would let anyone with the database try out positions until
        one fits, and so undo the forgetting (DESIGN §4).
        """
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return hmac.new(self.fingerprint_key, canonical.encode(), sha256).digest()

    def derived(self, purpose: str) -> bytes:
        """A key of 32 bytes for one purpose, made from the fingerprint key; it never leaves the process."""
        return hmac.new(self.fingerprint_key, f"grassroots {purpose}".encode(), sha256).digest()

    def encrypt(self, plain: str, column: str) -> bytes:
        """The value to store in an encrypted column, bound to `table.column`."""
        return self.field.encrypt(plain, column)

    def decrypt(self, stored: bytes, column: str) -> str:
        """The text again. Raises KeysUnusable when its key is gone or it belongs to another column."""
        return self.field.decrypt(stored, column)

    @property
    def index_head(self) -> bytes:
        """What everything in a blind index begins with now: which key made it, without giving the key away."""
        return hmac.new(self.index, b"which index key", sha256).digest()[:INDEX_HEAD_BYTES]

    def blind(self, phone: str) -> bytes | None:
        """By which the same phone is found without reading it (36 bytes); None for what is no phone number.

        Over E.164, so that it does not matter how the number was written; under a key of its own.
        """
        number = e164(phone)
        if number is None:
            return None
        return self.index_head + hmac.new(self.index, number.encode(), sha256).digest()


def create_keys(directory: Path) -> list[str]:
    """Make the keys that are missing (files 0600 in a folder 0700) and return their names; existing ones stay."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = [name for name in ("token.pem", "seal.pem") if _create(directory / name, _new_signing_key)]
    made += [name for name in ("fingerprint.key", "index.key", "field-1.key") if _create(directory / name, _new_secret)]
    return made


def add_field_key(directory: Path) -> str:
    """Make the next field key and return its file's name. Raises OSError when the folder is not there."""
    known = [number_of(path) for path in directory.glob("field-*.key")]
    name = f"field-{max(known, default=0) + 1}.key"
    _create(directory / name, _new_secret)
    return name


def add_token_key(directory: Path) -> str:
    """Make the next key for access tokens and return its file's name. Raises OSError when the folder is not there."""
    path = next_token_file(directory)
    # written aside and moved: a process that looks just now must not find half a key
    unfinished = path.with_name(path.name + ".part")
    unfinished.unlink(missing_ok=True)
    _create(unfinished, _new_signing_key)
    unfinished.replace(path)
    return path.name


def renew_index_key(directory: Path) -> str:
    """Put a new index key in the place of the old one, which nothing needs any more; returns its file's name."""
    following = directory / "index.key.next"
    following.unlink(missing_ok=True)
    _create(following, _new_secret)
    following.replace(directory / "index.key")
    return "index.key"


def load_keys(directory: Path, cipher: str = "aes-256-gcm") -> Keys:
    """The keys in the folder; `cipher` as in the setting. Raises KeysUnusable when one is missing or too short."""
    try:
        return Keys(
            token=TokenKeys(directory),
            seal=signing_key(directory / "seal.pem"),
            fingerprint_key=secret_in(directory / "fingerprint.key"),
            index=secret_in(directory / "index.key"),
            field=field_cipher(directory, cipher),
        )
    except OSError as failure:
        raise KeysUnusable(f"{failure.filename}: {failure.strerror}; run `grassroots keys create`") from None
    except ValueError as failure:
        raise KeysUnusable(str(failure)) from None


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
