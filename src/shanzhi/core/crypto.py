"""Keys, sealed values, blind indexes, hashes and signatures. Pure but for the key folder; no database, no Django.

Encryption and de-identification are measures of 个人信息保护法 art. 51 (3). Every ciphertext and wrapped key names the
suite that made it, so that a suite of national algorithms (SM2, SM3, SM4; GB/T 39786) can stand beside `A1` and old
values stay readable while new ones are written with it.

Two levels of keys: a master key in a file outside the database wraps one data key per class of personal data; the
wrapped data keys stand in a table. Rotating the master key rewraps a handful of rows and touches no value.
"""

import base64
import hashlib
import hmac
import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shanzhi.core.personal.folding import spoken_form

KEY_BYTES = 32
_VERSION = 1


class CryptoError(Exception):
    """Something sealed cannot be read or trusted."""


class Tampered(CryptoError):
    """The bytes, or the place they were bound to, are not what was sealed or signed."""


class UnknownKey(CryptoError):
    """Sealed under a key that is not at hand: the key folder was not restored with the database, or it was retired."""


class UnsafeKeyFile(CryptoError):
    """A key file that others than its owner can read or write."""


class Suite(Protocol):
    """What a set of algorithms must offer. `id` is two ASCII characters and stands in all it makes."""

    id: str
    hash_name: str

    def seal(self, key: bytes, plaintext: bytes, aad: bytes) -> bytes:
        """Authenticated encryption under a fresh random nonce, which the result begins with."""

    def open(self, key: bytes, sealed: bytes, aad: bytes) -> bytes:
        """Errors: Tampered."""

    def digest(self, data: bytes) -> bytes: ...

    def mac(self, key: bytes, data: bytes) -> bytes: ...

    def derive(self, key: bytes, purpose: bytes) -> bytes:
        """An independent key for one purpose."""

    def public_key(self, private: bytes) -> bytes: ...

    def sign(self, private: bytes, data: bytes) -> bytes: ...

    def verify(self, public: bytes, data: bytes, signature: bytes) -> bool: ...


class SuiteA1:
    """AES-256-GCM, SHA-256, HMAC-SHA256, HKDF, Ed25519. Random 96-bit nonces: at most 2³² values a data key."""

    id = "A1"
    hash_name = "sha256"
    _NONCE = 12

    def seal(self, key: bytes, plaintext: bytes, aad: bytes) -> bytes:
        nonce = secrets.token_bytes(self._NONCE)
        return nonce + AESGCM(key).encrypt(nonce, plaintext, aad)

    def open(self, key: bytes, sealed: bytes, aad: bytes) -> bytes:
        try:
            return AESGCM(key).decrypt(sealed[: self._NONCE], sealed[self._NONCE :], aad)
        except (InvalidTag, ValueError) as error:
            raise Tampered("does not open under its key, row, realm and field") from error

    def digest(self, data: bytes) -> bytes:
        return hashlib.sha256(data).digest()

    def mac(self, key: bytes, data: bytes) -> bytes:
        return hmac.digest(key, data, "sha256")

    def derive(self, key: bytes, purpose: bytes) -> bytes:
        return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=b"shanzhi A1 " + purpose).derive(key)

    def public_key(self, private: bytes) -> bytes:
        public = Ed25519PrivateKey.from_private_bytes(private).public_key()
        return public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)

    def sign(self, private: bytes, data: bytes) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(private).sign(data)

    def verify(self, public: bytes, data: bytes, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
        except (InvalidSignature, ValueError):
            return False
        return True


A1: Suite = SuiteA1()
SUITES: dict[str, Suite] = {A1.id: A1}
WRITING = A1
"""The suite of new values."""


class _Sealed(NamedTuple):
    """version (1 byte), suite (2), length of key id (1), key id: the head, authenticated too; nonce and ciphertext."""

    head: bytes
    suite: Suite
    key_id: str
    body: bytes


def _head(suite: Suite, key_id: str) -> bytes:
    name = key_id.encode("ascii")
    if not 0 < len(name) < 256:
        raise ValueError("a key id has 1 to 255 ASCII characters")
    return bytes([_VERSION]) + suite.id.encode("ascii") + bytes([len(name)]) + name


def _parse(sealed: bytes) -> _Sealed:
    if len(sealed) < 5 or sealed[0] != _VERSION:
        raise Tampered("not a sealed value of a known version")
    end = 4 + sealed[3]
    suite = SUITES.get(sealed[1:3].decode("latin-1"))
    if suite is None or len(sealed) <= end or not sealed[4:end].isascii():
        raise Tampered("not a sealed value of a known suite")
    return _Sealed(sealed[:end], suite, sealed[4:end].decode("ascii"), sealed[end:])


def key_id_of(sealed: bytes) -> str:
    """The key that a sealed value says it was made with; believed only once it opens."""
    return _parse(sealed).key_id


def encrypt(plaintext: bytes, *, key: bytes, key_id: str, aad: bytes) -> bytes:
    """Seal under a data key. `aad` binds the value to its place, so that a copied ciphertext opens nowhere else."""
    head = _head(WRITING, key_id)
    return head + WRITING.seal(WRITING.derive(key, b"value"), plaintext, head + aad)


def decrypt(sealed: bytes, *, keys: Mapping[str, bytes], aad: bytes) -> bytes:
    """Open with whichever of `keys` (by key id) made it.

    Errors: UnknownKey where it names a key that is not there (or the name was changed), Tampered for any other change.
    """
    parts = _parse(sealed)
    key = keys.get(parts.key_id)
    if key is None:
        raise UnknownKey(f"sealed under data key {parts.key_id!r}, which is not at hand")
    return parts.suite.open(parts.suite.derive(key, b"value"), parts.body, parts.head + aad)


def blind_index(value: str, *, key: bytes, realm: str, field: str) -> bytes:
    """Equal for equal phones or document numbers of one realm and field, and telling nothing else without the key.

    The value is normalised first, so that 138 0013 8000 and +8613800138000 are one caller.
    """
    message = "\x1f".join((realm, field, normalise_number(value))).encode()
    return WRITING.mac(WRITING.derive(key, b"blind"), message)


def keyed_digest(data: bytes, *, key: bytes, realm: str, field: str) -> bytes:
    """Equal for equal bytes of one realm and field. Without the key nobody tries out what was hashed: a bare hash of a
    phone is as good as the phone.
    """
    return WRITING.mac(WRITING.derive(key, b"digest"), "\x1f".join((realm, field, "")).encode() + data)


def normalise_phone(phone: str) -> str:
    """Digits only, in any script, without +86, trunk 0 before a mobile and gaps: `13800138000`, `01067891234`."""
    digits = "".join(c for c in spoken_form(phone) if c.isdigit())
    for prefix in ("0086", "86"):
        rest = digits.removeprefix(prefix)
        if rest != digits and 10 <= len(rest) <= 12:
            digits = rest if rest[0] == "0" or (rest[0] == "1" and len(rest) == 11) else "0" + rest
            break
    if len(digits) == 12 and digits[0] == "0" and digits[1] == "1" and digits[2] in "3456789":
        digits = digits[1:]
    return digits


def normalise_number(value: str) -> str:
    """A phone or a citizen identity number as it is compared. An identity number may end in X."""
    plain = "".join(c for c in spoken_form(value).upper() if c.isascii() and (c.isdigit() or c == "X"))
    return plain if len(plain) in (15, 18) and plain[0] != "0" else normalise_phone(value)


def new_salt() -> bytes:
    return secrets.token_bytes(16)


def salted_hash(salt: bytes, value: str) -> str:
    """`sha256:…` of a value under its row's random salt, for the journal. With the salt erased nobody guesses it."""
    return f"{WRITING.hash_name}:{WRITING.digest(bytes([len(salt)]) + salt + value.encode()).hex()}"


def hash_holds(expected: str, salt: bytes, value: str) -> bool:
    """Whether a journal entry's hash is that of the value. Compared in constant time."""
    return hmac.compare_digest(expected, salted_hash(salt, value))


class KeyRing:
    """The master key and what is done with data keys.

    The master key lies in `folder/master.key` (mode 600), made at first start; or in `master_file`, where a secret
    store puts it (then it must exist, and whoever put it there answers for who reads it). Lose it and every personal
    value is lost.
    """

    def __init__(self, folder: Path, master_file: Path | None = None) -> None:
        self._folder = folder
        self._master_file = master_file
        self._masters: dict[str, bytes] = {}
        if master_file:
            self._current = self._load(master_file, ours=False)
        else:
            self._current = self._load(_made_once(folder / "master.key"))
        for retired in sorted(folder.glob("master-*.retired")):
            self._load(retired)

    def _load(self, file: Path, *, ours: bool = True) -> str:
        key = _read_key(file, ours=ours)
        name = WRITING.digest(b"master key" + key).hex()[:12]
        self._masters[name] = key
        return name

    def new_data_key(self, name: str) -> tuple[str, bytes]:
        """A new random data key: its id, which is the name, and its wrapped bytes for the table."""
        return name, self.wrap(name, secrets.token_bytes(KEY_BYTES))

    def wrap(self, name: str, key: bytes) -> bytes:
        head = _head(WRITING, self._current)
        return head + WRITING.seal(self._masters[self._current], key + name.encode(), head + b"data key")

    def unwrap(self, wrapped: bytes, name: str | None = None) -> bytes:
        """The data key. `name` makes sure that it is the one meant, not another row's.

        Errors: UnknownKey where its master key is not in the folder, Tampered.
        """
        return self._unwrapped(wrapped, name)[1]

    def _unwrapped(self, wrapped: bytes, name: str | None) -> tuple[str, bytes]:
        parts = _parse(wrapped)
        master = self._masters.get(parts.key_id)
        if master is None:
            raise UnknownKey(
                f"wrapped by master key {parts.key_id!r}: restore {self._folder} as it was with this database"
            )
        opened = parts.suite.open(master, parts.body, parts.head + b"data key")
        found = opened[KEY_BYTES:].decode()
        if name is not None and not hmac.compare_digest(found.encode(), name.encode()):
            raise Tampered(f"the wrapped key is {found!r}, not {name!r}")
        return found, opened[:KEY_BYTES]

    def rotate(self) -> None:
        """A new master key; the old one stays beside it, retired, until every wrapped key was rewrapped."""
        if self._master_file:
            raise CryptoError(
                "the master key comes from a secret store: "
                f"copy it to {self._folder / 'master-old.retired'} (mode 600), then change it there"
            )
        current = self._folder / "master.key"
        new = _new_key_file(self._folder)
        os.link(current, self._folder / f"master-{self._current}.retired")
        new.replace(current)
        self._current = self._load(current)

    def rewrap(self, wrapped: bytes) -> bytes:
        """The same data key under the current master key."""
        return self.wrap(*self._unwrapped(wrapped, None))

    def forget_retired(self) -> None:
        """Delete the retired master keys. Only after every wrapped key in every database and backup was rewrapped."""
        for retired in self._folder.glob("master-*.retired"):
            retired.unlink()
        self._masters = {self._current: self._masters[self._current]}

    # the values' own functions, so that who holds a ring needs nothing else
    encrypt = staticmethod(encrypt)
    decrypt = staticmethod(decrypt)
    blind_index = staticmethod(blind_index)


class Signer:
    """Signs the journal's daily root with a key that the database never sees (`folder/signing.key`, mode 600)."""

    def __init__(self, folder: Path) -> None:
        self._private = _read_key(_made_once(folder / "signing.key"))

    def sign(self, data: bytes) -> bytes:
        return WRITING.sign(self._private, data)

    def public_key(self) -> bytes:
        return WRITING.public_key(self._private)

    def public_pem(self) -> str:
        """The public key as other programs read it (`openssl pkeyutl -verify -rawin`)."""
        key = Ed25519PublicKey.from_public_bytes(self.public_key())
        return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def verify_signature(public_key: bytes, data: bytes, signature: bytes) -> bool:
    return WRITING.verify(public_key, data, signature)


def _new_key_file(folder: Path) -> Path:
    """A fresh random key in a file of its own, readable by us alone and on disk before it is used."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = folder / f".new-{secrets.token_hex(8)}"
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(WRITING.id.encode() + b" " + base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
        out.flush()
        os.fsync(out.fileno())
    return new


def _made_once(file: Path) -> Path:
    """Make a key file where there is none. Of processes that start together one wins and all read its key."""
    if not file.exists():
        new = _new_key_file(file.parent)
        try:
            os.link(new, file)
        except FileExistsError:
            pass
        finally:
            new.unlink()
    return file


def _read_key(file: Path, *, ours: bool = True) -> bytes:
    if ours and stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise UnsafeKeyFile(f"{file} can be read by others: chmod 600 {file}")
    suite, _, encoded = file.read_text().strip().rpartition(" ")
    key = base64.b64decode(encoded, validate=True)
    if suite not in ("", *SUITES) or len(key) != KEY_BYTES:
        raise CryptoError(f"{file} holds no key of {KEY_BYTES} bytes")
    return key
