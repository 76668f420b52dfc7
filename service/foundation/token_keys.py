"""The keys of access tokens: files `token.pem`, `token-2.pem` …; the newest signs, all verify.

Each process reads the folder again every few seconds, so a new key needs no restart. No user is signed out: an older
key verifies until the last token it may have signed has expired.
"""

import errno
import os
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

LOOK_EVERY = timedelta(seconds=10)
LOOK_AT_MOST_EVERY = timedelta(seconds=1)
"""For unknown key names: a client that sends invented names cannot make the process read the folder all the time."""
FIRST = "token.pem"


def key_id(key: ec.EllipticCurvePublicKey) -> str:
    """Return the key id (`kid`): the first 16 hex digits of the SHA-256 of the key in DER form."""
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return sha256(der).hexdigest()[:16]


def signing_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """Load a private key from a file. Raises: OSError, ValueError for a key of another type."""
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError(f"{path.name}: not a private key on the curve P-256")
    return key


def token_files(directory: Path) -> dict[int, Path]:
    """Return number → file of every token key, in order. Raises: ValueError for a wrong file name."""
    files = {_number(path): path for path in directory.glob("token*.pem")}
    return dict(sorted(files.items()))


def next_token_file(directory: Path) -> Path:
    """Return the path of the next key file."""
    last = max(token_files(directory), default=0)
    return directory / (f"token-{last + 1}.pem" if last else FIRST)


def _number(path: Path) -> int:
    text = path.stem.removeprefix("token").removeprefix("-")
    number = 1 if path.name == FIRST else int(text)
    if path.name != FIRST and number < 2:
        raise ValueError(f"{path.name}: the first file is {FIRST}, then token-2.pem and so on")
    return number


class TokenKeys:
    """All token keys of the folder. Raises: OSError when there is none, ValueError for an unusable one."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._keys: dict[int, ec.EllipticCurvePrivateKey] = {}
        self._ids: dict[str, int] = {}
        self._learned_at: dict[int, datetime] = {}
        self._looked_at: datetime | None = None
        self._read()
        if not self._keys:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(directory / FIRST))

    def signing(self, now: datetime) -> tuple[str, ec.EllipticCurvePrivateKey]:
        """Return the id and the private key that signs now."""
        self._look(now, LOOK_EVERY)
        newest = max(self._keys)
        return next(name for name, number in self._ids.items() if number == newest), self._keys[newest]

    def verifying(self, name: str, lifetime: timedelta, now: datetime) -> ec.EllipticCurvePublicKey | None:
        """Return the public key with this id; None if no token that it signed can still be valid."""
        self._look(now, LOOK_EVERY if name in self._ids else LOOK_AT_MOST_EVERY)
        number = self._ids.get(name)
        return self._keys[number].public_key() if number in self._live(lifetime, now) else None

    def published(self, lifetime: timedelta, now: datetime) -> list[ec.EllipticCurvePublicKey]:
        """Return all public keys that verify now, newest first."""
        self._look(now, LOOK_EVERY)
        return [self._keys[number].public_key() for number in sorted(self._live(lifetime, now), reverse=True)]

    def _live(self, lifetime: timedelta, now: datetime) -> set[int]:
        """Return the numbers of the keys that still verify.

        Another process may sign with the previous key for up to LOOK_EVERY; then its tokens live for `lifetime`.
        """
        numbers = sorted(self._keys)
        replaced_at = {number: self._learned_at[successor] for number, successor in pairwise(numbers)}
        return {
            number
            for number in numbers
            if number not in replaced_at or now < replaced_at[number] + lifetime + LOOK_EVERY
        }

    def _look(self, now: datetime, every: timedelta) -> None:
        if self._looked_at is None or now >= self._looked_at + every:
            self._looked_at = now
            self._read()
        for number in self._keys:
            self._learned_at.setdefault(number, now)

    def _read(self) -> None:
        """Read the folder.

        A removed file ends its key. If no file is left or one is unreadable, the keys stay as they are.
        """
        try:
            files = token_files(self._directory)
            keys = {number: self._keys.get(number) or signing_key(path) for number, path in files.items()}
        except (OSError, ValueError):
            if not self._keys:
                raise
            return
        if keys:
            self._keys = keys
            self._ids = {key_id(key.public_key()): number for number, key in keys.items()}
