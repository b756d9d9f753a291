"""The page that carries a seal, as an auditor wants to see it: found in the file, drawn from it when asked for.

Drawing costs tens of milliseconds and a revision is immutable, so nothing is drawn while documents are made.
"""

from __future__ import annotations

import io

import pikepdf
import pypdfium2

from signing_service.domain.documents import SignatoryRole
from signing_service.pipeline.prove import PDFIUM

DPI = 100


def page_of(data: bytes, role: SignatoryRole) -> int:
    """The page, from 0, on which the field of ``role`` lies. Raises LookupError when there is no such field."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for number, page in enumerate(pdf.pages):
            for annotation in page.obj.get("/Annots", ()):
                if annotation.get("/FT") == pikepdf.Name.Sig and str(annotation.get("/T", "")) == role.value:
                    return number
    raise LookupError(role)


def page_image(data: bytes, page: int, dpi: int = DPI) -> bytes:
    """The page in grey, PNG. Raises IndexError when the file has no such page."""
    with PDFIUM:
        document = pypdfium2.PdfDocument(data)
        try:
            document.init_forms()
            if not 0 <= page < len(document):
                raise IndexError(page)
            image = document[page].render(scale=dpi / 72, grayscale=True).to_pil()
        finally:
            document.close()
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
