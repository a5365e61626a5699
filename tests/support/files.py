"""Files as people put them on orders."""

import io

from PIL import Image


def photo(size: tuple[int, int] = (64, 48), *, form: str = "JPEG") -> bytes:
    """A small grey picture that really decodes."""
    out = io.BytesIO()
    Image.new("RGB", size, (120, 120, 120)).save(out, form)
    return out.getvalue()


DOCUMENT = b"%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
