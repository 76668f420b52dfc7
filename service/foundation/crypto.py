"""The keys of a deployment: field encryption, blind index, request fingerprints, tokens, signatures.

Each key is a file in one folder; `grassroots keys create` creates them. `field_cipher.py` encrypts columns.
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

from service.foundation.field_cipher import (
    KEY_BYTES,
    FieldCipher,
    KeysUnusable,
    field_cipher,
    key_number,
    read_key_file,
)
from service.foundation.phones import e164
from service.foundation.token_keys import TokenKeys, next_token_file, signing_key

__all__ = ["Keys", "KeysUnusable", "add_field_key", "add_token_key", "create_keys", "load_keys", "renew_index_key"]
INDEX_HEAD_BYTES = 4


@dataclass(frozen=True)
class Keys:
    """All keys of this deployment, loaded into memory."""

    token: TokenKeys
    signing: ec.EllipticCurvePrivateKey
    """Signs chain heads and dossiers."""
    fingerprint_key: bytes
    index: bytes
    field: FieldCipher

    def fingerprint(self, content: Any) -> bytes:
        """Return the request fingerprint: an HMAC-SHA256 of the content (32 bytes).

        Equal content gives the same one.

        It is keyed: with a plain hash, a person who reads the database could try positions until the hash of a
        check-in matches, and so recover a deleted position (DESIGN §4).
        """
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return hmac.new(self.fingerprint_key, canonical.encode(), sha256).digest()

    def derived(self, purpose: str) -> bytes:
        """Return a key of 32 bytes for one purpose, derived from the fingerprint key. It is never stored."""
        return hmac.new(self.fingerprint_key, f"grassroots {purpose}".encode(), sha256).digest()

    def encrypt(self, plain: str, column: str) -> bytes:
        """Return the value to store in an encrypted column.

        `column` is `table.column`; the value is bound to it.
        """
        return self.field.encrypt(plain, column)

    def decrypt(self, stored: bytes, column: str) -> str:
        """Return the text.

        Raises: KeysUnusable when its key is missing or the value belongs to another column.
        """
        return self.field.decrypt(stored, column)

    @property
    def index_head(self) -> bytes:
        """The first bytes of each new blind index value. They identify the index key without revealing it."""
        return hmac.new(self.index, b"which index key", sha256).digest()[:INDEX_HEAD_BYTES]

    def blind(self, phone: str) -> bytes | None:
        """Return the blind index value of a phone number (36 bytes); None for other texts.

        It finds a number without decrypting. It is computed from the E.164 form, so that all spellings of a number
        give the same value.
        """
        number = e164(phone)
        if number is None:
            return None
        return self.index_head + hmac.new(self.index, number.encode(), sha256).digest()


def create_keys(directory: Path) -> list[str]:
    """Create the missing keys (mode 0600, folder 0700) and return their file names.

    Existing keys stay unchanged.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    names = [name for name in ("token.pem", "signing.pem") if _create(directory / name, _new_signing_key)]
    names += [
        name for name in ("fingerprint.key", "index.key", "field-1.key") if _create(directory / name, _new_secret)
    ]
    return names


def add_field_key(directory: Path) -> str:
    """Create the next field key and return its file name. Raises: OSError when the folder does not exist."""
    numbers = [key_number(path) for path in directory.glob("field-*.key")]
    name = f"field-{max(numbers, default=0) + 1}.key"
    _create(directory / name, _new_secret)
    return name


def add_token_key(directory: Path) -> str:
    """Create the next access token key and return its file name.

    Raises: OSError when the folder does not exist.
    """
    path = next_token_file(directory)
    # write a temporary file and rename it: another process may read the folder now and must not read half a key
    temporary = path.with_name(path.name + ".part")
    temporary.unlink(missing_ok=True)
    _create(temporary, _new_signing_key)
    temporary.replace(path)
    return path.name


def renew_index_key(directory: Path) -> str:
    """Replace the index key by a new one and return its file name. The old key is not needed any more."""
    new_file = directory / "index.key.next"
    new_file.unlink(missing_ok=True)
    _create(new_file, _new_secret)
    new_file.replace(directory / "index.key")
    return "index.key"


def load_keys(directory: Path, cipher: str = "aes-256-gcm") -> Keys:
    """Load the keys of the folder. `cipher` is the setting `field_cipher`.

    Raises: KeysUnusable when a key is missing or too short.
    """
    try:
        return Keys(
            token=TokenKeys(directory),
            signing=signing_key(directory / "signing.pem"),
            fingerprint_key=read_key_file(directory / "fingerprint.key"),
            index=read_key_file(directory / "index.key"),
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
