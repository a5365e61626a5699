"""Photos and files on orders: what people take with their phones, and what somebody may try to get in with."""

import hashlib
import io
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from PIL import Image

from shanzhi.core.evidence import store
from shanzhi.core.evidence.models import EvidenceFile
from support.files import DOCUMENT, photo
from support.street import refused

TRAILER = b"<script>alert(1)</script><?php system('id'); ?>"


@pytest.fixture
def order(street):
    return street.order("路灯不亮", place="东三 11 号楼").dispatched().signed()


def put(client, order, content: bytes, name: str = "现场.jpg", kind: str = "after", **fields):
    body = {"case_id": str(order.id), "kind": kind, "file": SimpleUploadedFile(name, content), **fields}
    return client.post("/api/v1/evidence", body)


def kept(sha256: str) -> Path:
    return settings.EVIDENCE_FOLDER / sha256[:2] / sha256


def picture(form: str = "JPEG", mode: str = "RGB", size: tuple[int, int] = (64, 48), **options) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, form, **options)
    return out.getvalue()


def png_of(width: int, height: int) -> bytes:
    """A PNG that says it is this large and holds almost nothing: what a decompression bomb looks like."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def test_a_photo_is_kept_and_shown(order, client_as):
    unit, desk = client_as("chengguan"), client_as("dispatcher")
    answer = put(unit, order, photo(), name="东三 11 号楼 王建国家.HEIC.jpg")

    said = answer.json()
    assert (answer.status_code, said["media_type"], said["kind"]) == (200, "image/jpeg", "after")
    shown = desk.get(said["url"])
    content = b"".join(shown.streaming_content)
    assert (shown.headers["Content-Type"], hashlib.sha256(content).hexdigest()) == ("image/jpeg", said["sha256"])
    assert shown.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    thumb = b"".join(desk.get(said["thumb_url"]).streaming_content)
    assert max(Image.open(io.BytesIO(thumb)).size) <= 360
    assert [file["id"] for file in desk.read(f"cases/{order.id}").json()["evidence"]] == [said["id"]]
    entry = order.entries()[-1]
    assert (entry.verb, entry.payload["sha256"]) == ("evidence.added", said["sha256"])


def test_a_photo_loses_what_it_says_about_who_took_it(order):
    exif = Image.Exif()
    exif[0x010F] = "王建国的手机"  # Make
    exif[0x0112] = 6  # turned on its side
    exif.get_ifd(0x8825)[2] = (39.0, 48.0, 30.0)  # GPS latitude
    content = picture(size=(60, 40), exif=exif.tobytes(), comment=b"secret note")
    file = order.shown(content)

    stored = kept(file.sha256).read_bytes()
    there = Image.open(io.BytesIO(stored))
    assert (there.size, dict(there.getexif()), there.info.get("comment")) == ((40, 60), {}, None)
    assert "手机".encode() not in stored
    assert file.original_sha256 == hashlib.sha256(content).hexdigest() != file.sha256


def test_what_hangs_on_a_photo_falls_off(order):
    for form in ("JPEG", "PNG", "WEBP"):
        file = order.shown(picture(form) + TRAILER, name="x.php")
        assert TRAILER not in kept(file.sha256).read_bytes()
        assert (file.name, file.media_type) == ("x.jpg", "image/jpeg")


def test_photos_of_every_make_are_taken(order):
    for content in (
        picture("PNG", "RGBA"),
        picture("PNG", "P"),
        picture("PNG", "1"),
        picture("PNG", "I;16"),
        picture("JPEG", "L"),
        picture("JPEG", "CMYK"),
        picture("WEBP", "RGBA"),
        picture("JPEG", size=(1, 1)),
        picture("JPEG", size=(5000, 20)),
    ):
        file = order.shown(content)
        assert max(Image.open(kept(file.sha256)).size) <= 2560


REFUSED = {
    "nothing": (b"", "file_empty"),
    "text": (b"hello", "file_kind_unknown"),
    "page called a photo": (b"<html><script>alert(1)</script></html>", "file_kind_unknown"),
    "drawing with a script": (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "file_kind_unknown"),
    "gif": (picture("GIF", "P"), "file_kind_unknown"),
    "bmp": (picture("BMP"), "file_kind_unknown"),
    "tiff": (picture("TIFF"), "file_kind_unknown"),
    "program": (b"\x7fELF" + b"\0" * 100, "file_kind_unknown"),
    "archive called a photo": (b"PK\x03\x04" + b"\0" * 100, "file_kind_unknown"),
    "half a photo": (photo((400, 400))[:600], "picture_broken"),
    "only its head": (photo()[:20], "file_kind_unknown"),
    "bomb": (png_of(50_000, 50_000), "picture_broken"),
    "wide bomb": (png_of(2_000_000_000, 1), "picture_broken"),
    "damaged": (photo((300, 300)).replace(b"\xff\xda", b"\x00\x00"), "picture_broken"),
}


def test_what_we_do_not_take_is_refused_in_words(order, client_as):
    unit, wrong = client_as("chengguan"), []
    for what, (content, code) in REFUSED.items():
        answer = put(unit, order, content)
        codes = [error["code"] for error in answer.json().get("errors", [])]
        if answer.status_code != 422 or codes != [code]:
            wrong.append((what, answer.status_code, codes))
    assert wrong == []
    assert order.verbs == ["order.received", "order.dispatched", "order.signed"]


def test_a_file_has_its_limit(order, client_as):
    answer = put(client_as("chengguan"), order, DOCUMENT + b"\0" * store.LIMIT, name="大.pdf")
    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")


def test_documents_are_only_ever_downloaded(order, client_as):
    unit = client_as("chengguan")
    for name, content, media_type in (
        ("情况说明.pdf", DOCUMENT, "application/pdf"),
        ("情况说明.html", DOCUMENT + TRAILER, "application/pdf"),
        ("台账.xlsx", b"PK\x03\x04x", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ):
        said = put(unit, order, content, name=name, kind="document").json()
        answer = unit.get(said["url"])
        assert answer.headers["Content-Type"] == media_type
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert ".html" not in said["name"]


NAMES = (
    "../../../etc/passwd.jpg",
    "..\\..\\windows\\system32\\x.jpg",
    "/etc/cron.d/x.jpg",
    "a\x00b.jpg",
    "x" * 500 + ".jpg",
    'a"; filename="evil.exe',
    "报告\u202egpj.exe",
    "\r\nSet-Cookie: a=b.jpg",
    "",
    ".jpg",
    "王建国 13912345678.jpg",
)


def test_no_name_leads_out_of_the_folder_or_into_a_header(order, client_as):
    unit = client_as("chengguan")
    for name in NAMES:
        file = order.shown(photo(), name=name)
        assert "/" not in file.name and "\\" not in file.name and "\x00" not in file.name, name
        assert len(file.name) <= 200
        assert "13912345678" not in file.name
        answer = unit.get(f"/api/v1/evidence/{file.id}")
        assert (answer.status_code, answer.headers.get("Set-Cookie", "")) == (200, ""), name
    inside = [path for path in Path(settings.EVIDENCE_FOLDER).rglob("*") if path.is_file()]
    assert all(path.name == hashlib.sha256(path.read_bytes()).hexdigest() for path in inside)


def test_equal_files_are_kept_once_and_each_is_evidence_of_its_own(order):
    first, second = (order.shown(photo(), kind=kind) for kind in ("before", "after"))
    assert (first.sha256, first.id != second.id) == (second.sha256, True)


def test_the_same_file_from_several_phones_at_once(order, street):
    content = photo((800, 600))
    handler = street.handler_of("城市管理办公室")

    def show(_):
        try:
            return order.shown(content, by=handler).sha256
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        hashes = set(threads.map(show, range(16)))
    (sha256,) = hashes
    assert hashlib.sha256(kept(sha256).read_bytes()).hexdigest() == sha256
    assert not list(Path(settings.EVIDENCE_FOLDER).rglob("*.part"))


def test_who_may_add_and_who_may_look(order, street, client_as):
    hidden, shut = "case_not_found", "role_needed"
    for who, code in {"leader": shut, "auditor": shut, "administrator": hidden, "wuye": hidden}.items():
        with refused(code):
            order.shown(photo(), by=who)
    file = order.shown(photo())
    for who, status in (("leader", 200), ("auditor", 200), ("wuye", 404), ("administrator", 404)):
        answer = client_as(who).get(f"/api/v1/evidence/{file.id}")
        assert answer.status_code == status, who
    with street.scope():
        assert EvidenceFile.objects.count() == 1


def test_an_act_names_only_files_of_its_own_order(order, street):
    other = street.order("楼道堆物", place="东三 11 号楼").dispatched().signed().contacted()
    file = order.shown(photo())
    with refused("unknown_id", field="evidence"):
        other.progressed(evidence=(file.id,))
    order.contacted().progressed(evidence=(file.id,))


def test_a_file_that_the_store_lost_is_said_to_be_lost(order, client_as):
    file = order.shown(photo((33, 33)))
    kept(file.sha256).unlink()
    assert client_as("chengguan").get(f"/api/v1/evidence/{file.id}").json()["code"] == "file_not_found"
