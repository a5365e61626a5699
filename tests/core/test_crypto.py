"""Sealed values, wrapped keys, blind indexes, salted hashes and the signer: what must open, and what must not."""

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanzhi.core import crypto
from shanzhi.core.crypto import KeyRing, Signer, Tampered, UnknownKey, UnsafeKeyFile, verify_signature

KEY = bytes(range(32))
AAD = b"row|realm|caller_phone"
ID = "contact-1"


def seal(plaintext: bytes = "王小明 13712348096".encode()) -> bytes:
    return crypto.encrypt(plaintext, key=KEY, key_id=ID, aad=AAD)


@given(st.binary(max_size=300), st.binary(max_size=60))
def test_what_is_sealed_opens(plaintext: bytes, aad: bytes) -> None:
    sealed = crypto.encrypt(plaintext, key=KEY, key_id=ID, aad=aad)
    assert crypto.decrypt(sealed, keys={ID: KEY}, aad=aad) == plaintext
    assert crypto.key_id_of(sealed) == ID


def test_two_seals_of_one_value_differ_and_show_nothing() -> None:
    assert seal() != seal()
    assert b"13712348096" not in seal()


def test_any_changed_byte_is_noticed() -> None:
    """A change of the key's name cannot be told from a key that is not there; every other change is Tampered."""
    sealed = seal()
    name = range(3, 4 + len(ID))  # with its length
    for at in range(len(sealed)):
        for bit in (1, 128):
            changed = bytearray(sealed)
            changed[at] ^= bit
            with pytest.raises((Tampered, UnknownKey) if at in name else Tampered):
                crypto.decrypt(bytes(changed), keys={ID: KEY}, aad=AAD)


def test_even_a_key_filed_under_the_changed_name_does_not_open_it() -> None:
    changed = seal().replace(b"contact-1", b"contact-2")
    with pytest.raises(Tampered):
        crypto.decrypt(changed, keys={ID: KEY, "contact-2": KEY}, aad=AAD)


@pytest.mark.parametrize("length", [0, 1, 4, 5, 13, 20, 40])
def test_a_cut_value_is_noticed(length: int) -> None:
    with pytest.raises(Tampered):
        crypto.decrypt(seal()[:length], keys={ID: KEY}, aad=AAD)


def test_a_value_opens_only_in_its_place_and_under_its_key() -> None:
    with pytest.raises(Tampered):
        crypto.decrypt(seal(), keys={ID: KEY}, aad=b"another row|realm|caller_phone")
    with pytest.raises(Tampered):
        crypto.decrypt(seal(), keys={ID: KEY[::-1]}, aad=AAD)
    with pytest.raises(UnknownKey):
        crypto.decrypt(seal(), keys={}, aad=AAD)


def test_the_master_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    name, wrapped = KeyRing(folder).new_data_key(ID)
    assert stat.S_IMODE((folder / "master.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [file.name for file in folder.iterdir()] == ["master.key"]
    assert name == ID
    assert KeyRing(folder).unwrap(wrapped, ID) == KeyRing(folder).unwrap(wrapped)


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    KeyRing(tmp_path)
    (tmp_path / "master.key").chmod(0o640)
    with pytest.raises(UnsafeKeyFile, match="chmod 600"):
        KeyRing(tmp_path)


def test_a_key_file_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "master.key").touch(mode=0o600)
    with pytest.raises(crypto.CryptoError, match="holds no key"):
        KeyRing(tmp_path)


def test_the_master_key_may_come_from_a_secret_store(tmp_path: Path) -> None:
    first = KeyRing(tmp_path / "a")
    secret = tmp_path / "secret"
    secret.write_bytes((tmp_path / "a" / "master.key").read_bytes())
    secret.chmod(0o444)  # as container secrets are mounted
    _, wrapped = first.new_data_key(ID)
    ring = KeyRing(tmp_path / "b", master_file=secret)
    assert ring.unwrap(wrapped) == first.unwrap(wrapped)
    with pytest.raises(crypto.CryptoError, match="secret store"):
        ring.rotate()


def test_wrapped_keys_of_another_folder_or_another_row_do_not_open(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path / "a")
    _, wrapped = ring.new_data_key(ID)
    with pytest.raises(UnknownKey, match="restore"):
        KeyRing(tmp_path / "b").unwrap(wrapped)
    with pytest.raises(Tampered, match="contact-1"):
        ring.unwrap(wrapped, "identity-1")
    for at in range(len(wrapped)):
        changed = bytearray(wrapped)
        changed[at] ^= 1
        with pytest.raises((Tampered, UnknownKey)):
            ring.unwrap(bytes(changed))


def test_rotating_the_master_key_rewraps_data_keys_and_touches_no_value(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path)
    _, wrapped = ring.new_data_key(ID)
    key = ring.unwrap(wrapped)
    sealed = ring.encrypt(b"13712348096", key=key, key_id=ID, aad=AAD)

    ring.rotate()
    assert ring.unwrap(wrapped) == key  # the retired master is still there
    rewrapped = ring.rewrap(wrapped)
    assert KeyRing(tmp_path).unwrap(wrapped) == KeyRing(tmp_path).unwrap(rewrapped, ID) == key

    ring.forget_retired()
    assert [file.name for file in tmp_path.iterdir()] == ["master.key"]
    fresh = KeyRing(tmp_path)
    with pytest.raises(UnknownKey):
        fresh.unwrap(wrapped)
    assert fresh.decrypt(sealed, keys={ID: fresh.unwrap(rewrapped)}, aad=AAD) == b"13712348096"


def test_processes_that_start_together_share_one_key(tmp_path: Path) -> None:
    """Both find no file; the second to link loses and reads the first one's."""
    winner = crypto._new_key_file(tmp_path)
    loser = tmp_path / "master.key"
    os.link(winner, loser)
    winner.unlink()
    kept = loser.read_bytes()
    KeyRing(tmp_path)
    assert loser.read_bytes() == kept


def blind(value: str, *, key: bytes = KEY, realm: str = "r", field: str = "caller_phone") -> bytes:
    return crypto.blind_index(value, key=key, realm=realm, field=field)


def test_a_blind_index_is_equal_for_equal_phones_only() -> None:
    ways = [
        "13712348096",
        "137 1234 8096",
        "+86 137-1234-8096",
        "008613712348096",
        "１３７１２３４８０９６",
        "013712348096",
    ]
    assert len({blind(way) for way in ways}) == 1
    assert len({blind("13712348096"), blind("13712348097"), blind("13712348096", realm="other")}) == 3
    assert blind("13712348096", field="other") != blind("13712348096") != blind("13712348096", key=KEY[::-1])
    assert blind("11010619680312713x") == blind("110106 19680312 713X") != blind("110106196803127130")


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("010-6789 1234", "01067891234"),
        ("+86 10 67891234", "01067891234"),
        ("(0731)88881234", "073188881234"),
        ("67891234", "67891234"),
        ("幺三七幺二三四八零九六", "13712348096"),
        ("12345", "12345"),
        ("", ""),
    ],
)
def test_normalise_phone(written: str, compared: str) -> None:
    assert crypto.normalise_phone(written) == compared


def test_a_salted_hash_names_its_algorithm_and_needs_its_salt() -> None:
    salt = crypto.new_salt()
    hashed = crypto.salted_hash(salt, "13712348096")
    assert hashed.startswith("sha256:") and len(hashed) == 7 + 64
    assert crypto.hash_holds(hashed, salt, "13712348096")
    assert not crypto.hash_holds(hashed, salt, "13712348097")
    assert not crypto.hash_holds(hashed, crypto.new_salt(), "13712348096")


def test_the_signer_signs_what_anybody_can_check(tmp_path: Path) -> None:
    signer = Signer(tmp_path)
    signature = signer.sign(b"size 7 root abc")
    assert stat.S_IMODE((tmp_path / "signing.key").stat().st_mode) == 0o600
    assert verify_signature(signer.public_key(), b"size 7 root abc", signature)
    assert Signer(tmp_path).public_key() == signer.public_key()
    assert not verify_signature(signer.public_key(), b"size 8 root abc", signature)
    assert not verify_signature(Signer(tmp_path / "other").public_key(), b"size 7 root abc", signature)
    assert not verify_signature(b"too short", b"size 7 root abc", signature)
    assert signer.public_pem().startswith("-----BEGIN PUBLIC KEY-----")
