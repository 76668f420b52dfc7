"""Encryption of columns: `FieldCipher`, implemented by `FileKeys` or by a KMS adapter.

A stored value consists of: algorithm (1 byte), key number (2 bytes), nonce (12 bytes), ciphertext, tag (16 bytes).
Each value is bound to its `table.column` as additional authenticated data.
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
    """The key folder is missing, incomplete or has a weak key.

    Raised at start, before any request is served.
    """


class Algorithm(IntEnum):
    """The algorithm of a stored value. The number is part of the value, so its meaning never changes."""

    AES_256_GCM = 1
    SM4_GCM = 2
    """RFC 8998; for deployments that must use commercial cryptography (DOMAIN §7.3)."""


NAMES = {"aes-256-gcm": Algorithm.AES_256_GCM, "sm4-gcm": Algorithm.SM4_GCM}
"""Value of the setting → the algorithm that encrypts. Both can decrypt values of either."""


class FieldCipher(Protocol):
    """Encrypts columns. A KMS adapter implements it; it should unwrap the field keys once at start."""

    @property
    def head(self) -> bytes:
        """The first bytes of each new value. A value with another head was encrypted with an older key."""
        ...

    def encrypt(self, plain: str, column: str) -> bytes:
        """Return the value to store, bound to `table.column`."""
        ...

    def decrypt(self, stored: bytes, column: str) -> str:
        """Return the text.

        Raises: KeysUnusable when its key is missing or the value belongs to another column.
        """
        ...


class FileKeys:
    """Field keys in files `field-<number>.key`: the newest encrypts, all of them decrypt.

    A key that is not loaded yet is read when a value names it. So a new key can be rolled out process by process.
    """

    def __init__(self, directory: Path, algorithm: Algorithm = Algorithm.AES_256_GCM) -> None:
        self._directory = directory
        self._algorithm = algorithm
        self._keys = {key_number(path): read_key_file(path) for path in sorted(directory.glob("field-*.key"))}
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
        block = block_cipher(self._algorithm, self._keys[self.newest])
        return self.head + nonce + gcm_encrypt(block, nonce, plain.encode(), column.encode())

    def decrypt(self, stored: bytes, column: str) -> str:
        number, algorithm, rest = split_stored_value(stored)
        try:
            nonce, body = rest[:NONCE_BYTES], rest[NONCE_BYTES:]
            return gcm_decrypt(block_cipher(algorithm, self._key(number)), nonce, body, column.encode()).decode()
        except (InvalidTag, ValueError):
            raise KeysUnusable(f"a value of {column} cannot be read with field key {number}") from None

    def _key(self, number: int) -> bytes:
        if number not in self._keys:
            try:
                self._keys[number] = read_key_file(self._directory / f"field-{number}.key")
            except OSError:
                raise KeysUnusable(f"field key {number} is missing") from None
        return self._keys[number]


def split_stored_value(stored: bytes) -> tuple[int, Algorithm, bytes]:
    """Return key number, algorithm and the bytes after the head.

    Raises: KeysUnusable for an unknown algorithm.
    """
    try:
        algorithm = Algorithm(stored[0])
    except ValueError:
        raise KeysUnusable(f"unknown field algorithm {stored[0]}") from None
    return int.from_bytes(stored[1:HEAD_BYTES], "big"), algorithm, stored[HEAD_BYTES:]


Block = algorithms.AES | algorithms.SM4


def gcm_encrypt(block: Block, nonce: bytes, plain: bytes, bound_to: bytes) -> bytes:
    """Encrypt in GCM mode; return the ciphertext followed by its tag."""
    context: AEADEncryptionContext = Cipher(block, modes.GCM(nonce)).encryptor()
    context.authenticate_additional_data(bound_to)
    return context.update(plain) + context.finalize() + context.tag


def gcm_decrypt(block: Block, nonce: bytes, body: bytes, bound_to: bytes) -> bytes:
    """Decrypt in GCM mode. Raises: InvalidTag; ValueError when the body is shorter than a tag."""
    if len(body) < TAG_BYTES:
        raise ValueError("too short")
    context: AEADDecryptionContext = Cipher(block, modes.GCM(nonce, body[-TAG_BYTES:])).decryptor()
    context.authenticate_additional_data(bound_to)
    return context.update(body[:-TAG_BYTES]) + context.finalize()


def block_cipher(algorithm: Algorithm, key: bytes) -> Block:
    """Return the block cipher for the 32 bytes of a key file."""
    if algorithm is Algorithm.AES_256_GCM:
        return algorithms.AES(key)
    # one key file is used for both algorithms: SM4 gets a derived key of 16 bytes, so no key has two algorithms
    return algorithms.SM4(HKDF(SHA256(), 16, None, b"grassroots field sm4-gcm").derive(key))


def key_number(path: Path) -> int:
    """Return the number in the file name `field-<number>.key`. Raises: ValueError."""
    number = int(path.stem.removeprefix("field-"))
    if not 0 < number <= LAST_NUMBER:
        raise ValueError(f"{path.name}: a field key has a number from 1 to {LAST_NUMBER}")
    return number


def read_key_file(path: Path) -> bytes:
    """Return the 32 bytes of a key file. Raises: OSError, ValueError for a key of another length."""
    key = b64decode(path.read_bytes().strip(), validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError(f"{path.name}: a key has {KEY_BYTES} bytes, this one {len(key)}")
    return key


def field_cipher(directory: Path, setting: str = "aes-256-gcm") -> FieldCipher:
    """Return the cipher: an algorithm with key files, or `module:function` of a KMS adapter.

    The function is called once with the key folder. Raises: KeysUnusable, OSError, ValueError.
    """
    if setting in NAMES:
        return FileKeys(directory, NAMES[setting])
    module, _, name = setting.partition(":")
    try:
        make: Callable[[Path], FieldCipher] = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError):
        listed = ", ".join(NAMES)
        raise KeysUnusable(f"field_cipher {setting!r} is neither one of {listed} nor a `module:function`") from None
    return make(directory)
