"""The keys that sign access tokens: files `token.pem`, `token-2.pem` …, the newest signs, older ones still verify.

Each process looks at the folder again now and then, so that a new key comes into use everywhere without a restart,
and nobody is signed out: an older key verifies until the last token it may have signed has run out.
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
"""For a key nobody knows: whoever sends made-up names makes nobody read the folder all day."""
FIRST = "token.pem"


def key_id(key: ec.EllipticCurvePublicKey) -> str:
    """The name of a public key: the beginning of the hash of its DER form."""
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return sha256(der).hexdigest()[:16]


def signing_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """The private key in a file. Raises OSError, and ValueError for another sort of key."""
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError(f"{path.name}: not a private key on the curve P-256")
    return key


def token_files(directory: Path) -> dict[int, Path]:
    """Number → file of every token key, in order. Raises ValueError for a file that is named otherwise."""
    files = {_number(path): path for path in directory.glob("token*.pem")}
    return dict(sorted(files.items()))


def next_token_file(directory: Path) -> Path:
    """Where the next key is to be written."""
    last = max(token_files(directory), default=0)
    return directory / (f"token-{last + 1}.pem" if last else FIRST)


def _number(path: Path) -> int:
    text = path.stem.removeprefix("token").removeprefix("-")
    number = 1 if path.name == FIRST else int(text)
    if path.name != FIRST and number < 2:
        raise ValueError(f"{path.name}: the first is {FIRST}, then token-2.pem and so on")
    return number


class TokenKeys:
    """Every token key in the folder. Raises OSError when there is none, ValueError for an unusable one."""

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
        """The name and the key that signs now."""
        self._look(now, LOOK_EVERY)
        newest = max(self._keys)
        return next(name for name, number in self._ids.items() if number == newest), self._keys[newest]

    def verifying(self, name: str, lifetime: timedelta, now: datetime) -> ec.EllipticCurvePublicKey | None:
        """The key of this name, if a token it signed may still be good."""
        self._look(now, LOOK_EVERY if name in self._ids else LOOK_AT_MOST_EVERY)
        number = self._ids.get(name)
        return self._keys[number].public_key() if number in self._live(lifetime, now) else None

    def published(self, lifetime: timedelta, now: datetime) -> list[ec.EllipticCurvePublicKey]:
        """Every key that verifies now, the newest first."""
        self._look(now, LOOK_EVERY)
        return [self._keys[number].public_key() for number in sorted(self._live(lifetime, now), reverse=True)]

    def _live(self, lifetime: timedelta, now: datetime) -> set[int]:
        """A process that has not looked yet signs with the key before for a while; then its tokens have a lifetime."""
        numbers = sorted(self._keys)
        ends = {one: self._learned_at[following] for one, following in pairwise(numbers)}
        return {one for one in numbers if one not in ends or now < ends[one] + lifetime + LOOK_EVERY}

    def _look(self, now: datetime, every: timedelta) -> None:
        if self._looked_at is None or now >= self._looked_at + every:
            self._looked_at = now
            self._read()
        for number in self._keys:
            self._learned_at.setdefault(number, now)

    def _read(self) -> None:
        """What is there now. A file taken away ends its key; with none left, or one unreadable, nothing changes."""
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
