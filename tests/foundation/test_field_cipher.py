"""Encryption of columns: algorithms, keys, binding to the column, and the blind index."""

from base64 import b64encode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from service.foundation import field_cipher as fields
from service.foundation.crypto import KeysUnusable, add_field_key, create_keys, load_keys
from service.foundation.field_cipher import Algorithm, FileKeys, field_cipher

COLUMN = "problem_contact.phone"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create_keys(tmp_path)
    return tmp_path


def test_sm4_gcm_matches_the_example_of_rfc_8998() -> None:
    key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
    nonce = bytes.fromhex("00001234567800000000ABCD")
    plain = bytes.fromhex("".join(letter * 16 for letter in "ABCDEFEA"))
    bound_to = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")

    encrypted = fields.gcm_encrypt(algorithms.SM4(key), nonce, plain, bound_to)

    assert encrypted.hex().upper() == (
        "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
        "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
        "83DE3541E4C2B58177E065A9BF7B62EC"
    )
    assert fields.gcm_decrypt(algorithms.SM4(key), nonce, encrypted, bound_to) == plain


def test_stored_value_begins_with_algorithm_and_key_number(folder: Path) -> None:
    key = fields.read_key_file(folder / "field-1.key")
    aes = FileKeys(folder, Algorithm.AES_256_GCM).encrypt("王秀英", COLUMN)
    sm4 = FileKeys(folder, Algorithm.SM4_GCM).encrypt("王秀英", COLUMN)

    plain = AESGCM(key).decrypt(aes[3:15], aes[15:], COLUMN.encode())

    assert (plain.decode(), aes[:3], sm4[:3]) == ("王秀英", b"\x01\x00\x01", b"\x02\x00\x01")


@given(st.text(), st.sampled_from(["aes-256-gcm", "sm4-gcm"]), st.sampled_from(["aes-256-gcm", "sm4-gcm"]))
def test_any_text_can_be_decrypted_under_either_setting(
    tmp_path_factory: pytest.TempPathFactory, text: str, writes: str, reads: str
) -> None:
    folder = tmp_path_factory.getbasetemp() / "fields"
    create_keys(folder)
    text = text.encode("utf-8", "ignore").decode()

    stored = field_cipher(folder, writes).encrypt(text, COLUMN)

    assert field_cipher(folder, reads).decrypt(stored, COLUMN) == text


def test_running_process_decrypts_a_value_of_a_newer_key(folder: Path) -> None:
    running = FileKeys(folder)
    assert add_field_key(folder) == "field-2.key"

    newer = FileKeys(folder).encrypt("13912345678", COLUMN)

    assert (newer[:3], running.encrypt("x", COLUMN)[:3]) == (b"\x01\x00\x02", b"\x01\x00\x01")
    assert running.decrypt(newer, COLUMN) == "13912345678"


@pytest.mark.parametrize("word", ["aes-256-gcm", "sm4-gcm"])
@pytest.mark.parametrize("fault", ["other column", "flipped bit", "cut off", "missing key", "unknown algorithm"])
def test_unreadable_value_raises_an_error_without_its_content(folder: Path, word: str, fault: str) -> None:
    cipher = field_cipher(folder, word)
    stored = cipher.encrypt("13912345678", COLUMN)
    changed = {
        "flipped bit": stored[:-1] + bytes([stored[-1] ^ 1]),
        "cut off": stored[:9],
        "missing key": stored[:1] + b"\x00\x07" + stored[3:],
        "unknown algorithm": b"\xff" + stored[1:],
    }.get(fault, stored)

    with pytest.raises(KeysUnusable) as failure:
        cipher.decrypt(changed, "problem_contact.name" if fault == "other column" else COLUMN)

    assert "139" not in str(failure.value)


def test_kms_adapter_replaces_key_files(folder: Path) -> None:
    keys = load_keys(folder, f"{__name__}:kms")

    stored = keys.encrypt("13912345678", COLUMN)

    assert (stored, keys.decrypt(stored, COLUMN)) == (b"kms:87654321931", "13912345678")


class Kms:
    """A fake KMS that reverses the text, so that the test recognises its values."""

    head = b"kms:"

    def encrypt(self, plain: str, column: str) -> bytes:
        return self.head + plain[::-1].encode()

    def decrypt(self, stored: bytes, column: str) -> str:
        return stored.removeprefix(self.head).decode()[::-1]


def kms(folder: Path) -> Kms:
    return Kms()


@pytest.mark.parametrize("word", ["rot13", "no.such.module:kms", ":", "service.foundation.crypto:nothing"])
def test_unknown_cipher_is_refused_at_start(folder: Path, word: str) -> None:
    with pytest.raises(KeysUnusable, match="field_cipher"):
        load_keys(folder, word)


@pytest.mark.parametrize("name", ["field-0.key", "field-70000.key", "field-x.key"])
def test_key_file_with_invalid_number_is_refused_at_start(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b64encode(bytes(32)))

    with pytest.raises(KeysUnusable):
        load_keys(folder)


@pytest.mark.parametrize(
    "text", ["13912345678", "+86 139 1234 5678", "0086 139-1234-5678", "86 13912345678", "(139) 1234 5678"]
)
def test_blind_index_is_equal_for_all_spellings_of_a_phone(folder: Path, text: str) -> None:
    keys = load_keys(folder)

    assert keys.blind(text) == keys.blind("+8613912345678")
    assert keys.blind("13912345679") != keys.blind("13912345678")
    assert keys.blind("110") is None
