"""How an encrypted column is written and read: one small interface, filled by key files or by a KMS.

A stored value names its algorithm and its key: one byte algorithm, two bytes key number, 12 bytes nonce, ciphertext
with its tag of 16 bytes. Every value is bound to its `table.column`.
"""

import importlib
import secrets
from base64 import b64decode
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import (
    AEADDecryptionContext,
    AEADEncryptionContext,
    Cipher,
    algorithms,
    modes,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
HEAD_BYTES = 3
LAST_NUMBER = 0xFFFF


class KeysUnusable(RuntimeError):
    """The folder of keys is missing, incomplete or weak; said at start, before anything is served."""


class Algorithm(IntEnum):
    """What a value is encrypted with; the number stands in the value and never changes its meaning."""

    AES_256_GCM = 1
    SM4_GCM = 2
    """RFC 8998; for deployments that must use commercial cryptography (DOMAIN §7.3)."""


NAMES = {"aes-256-gcm": Algorithm.AES_256_GCM, "sm4-gcm": Algorithm.SM4_GCM}
"""The setting's word -> the algorithm that writes; each reads both."""


class FieldCipher(Protocol):
    """What encrypts columns. A KMS fills this, best by unwrapping the field keys once at start."""

    @property
    def head(self) -> bytes:
        """What everything written now begins with; a value that begins otherwise is under an older key."""
        ...

    def encrypt(self, plain: str, column: str) -> bytes:
        """The value to store, bound to `table.column`."""
        ...

    def decrypt(self, stored: bytes, column: str) -> str:
        """The text again. Raises KeysUnusable when its key is gone or it belongs to another column."""
        ...


class FileKeys:
    """Field keys in files `field-<number>.key`: every one there reads, the newest writes.

    A key that another process was started with is looked up when a value first names it, so that a new key can
    be rolled out process by process.
    """

    def __init__(self, directory: Path, algorithm: Algorithm = Algorithm.AES_256_GCM) -> None:
        self._directory = directory
        self._algorithm = algorithm
        self._keys = {number_of(path): secret_in(path) for path in sorted(directory.glob("field-*.key"))}
        if not self._keys:
            raise KeysUnusable(f"{directory}: no field-*.key; run `grassroots keys create`")

    @property
    def newest(self) -> int:
        return max(self._keys)

    @property
    def head(self) -> bytes:
        return bytes([self._algorithm]) + self.newest.to_bytes(2, "big")

    def encrypt(self, plain: str, column: str) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        block = block_of(self._algorithm, self._keys[self.newest])
        return self.head + nonce + gcm_encrypt(block, nonce, plain.encode(), column.encode())

    def decrypt(self, stored: bytes, column: str) -> str:
        number, algorithm, rest = taken_apart(stored)
        try:
            nonce, body = rest[:NONCE_BYTES], rest[NONCE_BYTES:]
            return gcm_decrypt(block_of(algorithm, self._key(number)), nonce, body, column.encode()).decode()
        except (InvalidTag, ValueError):
            raise KeysUnusable(f"a value of {column} cannot be read with field key {number}") from None

    def _key(self, number: int) -> bytes:
        if number not in self._keys:
            try:
                self._keys[number] = secret_in(self._directory / f"field-{number}.key")
            except OSError:
                raise KeysUnusable(f"field key {number} is missing") from None
        return self._keys[number]


def taken_apart(stored: bytes) -> tuple[int, Algorithm, bytes]:
    """Key number, algorithm, and what follows the head. Raises KeysUnusable for an unknown algorithm."""
    try:
        algorithm = Algorithm(stored[0])
    except ValueError:
        raise KeysUnusable(f"field algorithm {stored[0]} is not known here") from None
    return int.from_bytes(stored[1:HEAD_BYTES], "big"), algorithm, stored[HEAD_BYTES:]


Block = algorithms.AES | algorithms.SM4


def gcm_encrypt(block: Block, nonce: bytes, plain: bytes, bound_to: bytes) -> bytes:
    """Ciphertext with its tag, in GCM."""
    context: AEADEncryptionContext = Cipher(block, modes.GCM(nonce)).encryptor()
    context.authenticate_additional_data(bound_to)
    return context.update(plain) + context.finalize() + context.tag


def gcm_decrypt(block: Block, nonce: bytes, body: bytes, bound_to: bytes) -> bytes:
    """The plain bytes. Raises InvalidTag, and ValueError for what is too short to be one of ours."""
    if len(body) < TAG_BYTES:
        raise ValueError("too short")
    context: AEADDecryptionContext = Cipher(block, modes.GCM(nonce, body[-TAG_BYTES:])).decryptor()
    context.authenticate_additional_data(bound_to)
    return context.update(body[:-TAG_BYTES]) + context.finalize()


def block_of(algorithm: Algorithm, key: bytes) -> Block:
    """The block cipher under a key file's 32 bytes."""
    if algorithm is Algorithm.AES_256_GCM:
        return algorithms.AES(key)
    # one key file serves both; SM4 takes 16 bytes, and a key is never used with two algorithms
    return algorithms.SM4(HKDF(SHA256(), 16, None, b"grassroots field sm4-gcm").derive(key))


def number_of(path: Path) -> int:
    """The number in `field-<number>.key`. Raises ValueError."""
    number = int(path.stem.removeprefix("field-"))
    if not 0 < number <= LAST_NUMBER:
        raise ValueError(f"{path.name}: a field key has a number from 1 to {LAST_NUMBER}")
    return number


def secret_in(path: Path) -> bytes:
    """The 32 bytes of a key file. Raises OSError, and ValueError for a weak one."""
    key = b64decode(path.read_bytes().strip(), validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError(f"{path.name}: a key has {KEY_BYTES} bytes, this one {len(key)}")
    return key


def field_cipher(directory: Path, word: str = "aes-256-gcm") -> FieldCipher:
    """The cipher the setting names: an algorithm over key files, or `module:function` of a KMS adapter.

    The function is called once with the folder of keys. Raises KeysUnusable, OSError, ValueError.
    """
    if word in NAMES:
        return FileKeys(directory, NAMES[word])
    module, _, name = word.partition(":")
    try:
        make: Callable[[Path], FieldCipher] = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError):
        listed = ", ".join(NAMES)
        raise KeysUnusable(f"field_cipher {word!r} is neither one of {listed} nor a `module:function`") from None
    return make(directory)
