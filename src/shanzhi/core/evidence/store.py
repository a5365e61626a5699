"""The store of files: content-addressed in a folder. Pictures are re-encoded, what is not known is refused.

A picture loses its metadata (place and camera of the person who took it) and anything hidden in it by being decoded and
encoded again. Documents are kept as they are and only ever served as downloads with a fixed type.
"""

import hashlib
import io
import os
import warnings
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, HttpResponse
from PIL import Image, ImageOps, UnidentifiedImageError

from shanzhi.core.errors import FieldError, Invalid, NotFound, TooLarge
from shanzhi.core.evidence.models import EvidenceFile
from shanzhi.core.ids import new_id

LIMIT = 20 << 20  # bytes of one upload
LONGEST = 2560  # pixels of the longer side that is kept
THUMB = 360
PIXELS = 80_000_000  # of an uploaded picture: more is a decompression bomb
PICTURES = {"JPEG", "PNG", "WEBP"}
OFFICE = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class Kept:
    """A file in the store, by the SHA-256 of its bytes."""

    name: str
    media_type: str
    size: int
    sha256: str
    original_sha256: str
    thumb_sha256: str = ""


def keep_file(content: bytes, *, name: str) -> Kept:
    """Store an upload. Errors: TooLarge, Invalid (empty, unknown kind, broken picture)."""
    if len(content) > LIMIT:
        raise TooLarge("file_too_large", limit=LIMIT >> 20)
    if not content:
        raise _refused("file_empty")
    original = hashlib.sha256(content).hexdigest()
    safe = Path(name.replace("\\", "/")).name.replace("\x00", "")[:150] or "file"
    if document := _document(content, Path(safe).suffix.lower()):
        media_type, suffix = document
        return Kept(Path(safe).stem + suffix, media_type, len(content), _put(content), original)
    picture = _decoded(content)
    jpeg, thumb = _encoded(picture, LONGEST, 88), _encoded(picture, THUMB, 80)
    return Kept(Path(safe).stem + ".jpg", "image/jpeg", len(jpeg), _put(jpeg), original, _put(thumb))


def _document(content: bytes, suffix: str) -> tuple[str, str] | None:
    """Media type and ending of a document that we take, by its first bytes; None for anything else."""
    if content.startswith(b"%PDF-"):
        return "application/pdf", ".pdf"
    if content.startswith(b"PK\x03\x04") and suffix in OFFICE:
        return OFFICE[suffix], suffix
    return None


def _refused(code: str) -> Invalid:
    return Invalid("invalid_input", errors=[FieldError("file", code)])


def _decoded(content: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content))
            if picture.format not in PICTURES or picture.width * picture.height > PIXELS:
                raise _refused("file_kind_unknown")
            upright = ImageOps.exif_transpose(picture)
            return upright.convert("RGB")
    except Invalid:
        raise
    except UnidentifiedImageError as error:
        raise _refused("file_kind_unknown") from error
    except Exception as error:  # Pillow raises many kinds on hostile bytes
        raise _refused("picture_broken") from error


def _encoded(picture: Image.Image, longest: int, quality: int) -> bytes:
    copy = picture.copy()
    copy.info = {}  # a comment would be written again
    copy.thumbnail((longest, longest))
    out = io.BytesIO()
    copy.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


def _path(sha256: str) -> Path:
    return Path(settings.EVIDENCE_FOLDER) / sha256[:2] / sha256


def _put(content: bytes) -> str:
    """Write bytes under their hash: whole or not at all, and on disk before the transaction that names them commits."""
    sha256 = hashlib.sha256(content).hexdigest()
    path = _path(sha256)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{sha256}.{new_id()}.part")  # two may put the same file at once
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    return sha256


def file_response(file: EvidenceFile, *, thumb: bool = False) -> HttpResponse:
    """The bytes with a fixed type and nothing that a browser could run. Errors: NotFound where the store lost them."""
    sha256 = file.thumb_sha256 if thumb and file.thumb_sha256 else file.sha256
    path = _path(sha256)
    if not path.exists():
        raise NotFound("file_not_found")
    picture = file.media_type == "image/jpeg"
    response = FileResponse(
        path.open("rb"), content_type=file.media_type, as_attachment=not picture, filename=file.name
    )
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, max-age=86400, immutable"
    return response  # type: ignore[return-value]
