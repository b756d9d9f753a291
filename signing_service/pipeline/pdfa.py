"""Every document is archived for decades, so every document is PDF/A; and the same content makes the same bytes.

PDF/A-2b (ISO 19005-2); a document that carries its data as an associated file is PDF/A-3b (ISO 19005-3), which alone
allows files that are not PDF/A themselves.
"""

from __future__ import annotations

import io
import re
from datetime import datetime

import pikepdf
from pikepdf import pdfa

from signing_service.domain.dates import SHANGHAI

PLAIN, WITH_DATA = "2b", "3b"
_METADATA_DATE = re.compile(rb"(<xmp:MetadataDate>)[^<]*(</xmp:MetadataDate>)")


def save_pdfa(pdf: pikepdf.Pdf, made_at: datetime, *, validated: bool = True) -> bytes:
    """The bytes of ``pdf`` as PDF/A, dated ``made_at``, with an identifier derived from the content.

    What was written is validated, unless a later step does it: that takes longer than all the rest. Raises
    pikepdf.pdfa.PdfaError when it does not conform: a fault of ours.
    """
    moment = made_at.astimezone(SHANGHAI).replace(microsecond=0)
    stamp = moment.strftime("D:%Y%m%d%H%M%S+08'00'")
    pdf.docinfo["/CreationDate"] = pikepdf.String(stamp)
    pdf.docinfo["/ModDate"] = pikepdf.String(stamp)
    if "/Metadata" in pdf.Root:
        del pdf.Root["/Metadata"]
    for page in pdf.pages:
        if "/Trans" in page.obj:
            del page.obj["/Trans"]
    flavour = WITH_DATA if "/AF" in pdf.Root else PLAIN
    pdfa.prepare(pdf, flavour)
    # the library dates the metadata by the clock; the moment belongs to whoever asks for the document
    written = _METADATA_DATE.sub(rb"\g<1>" + moment.isoformat().encode() + rb"\g<2>", pdf.Root.Metadata.read_bytes())
    pdf.Root.Metadata = pdf.make_stream(written, Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML)
    out = io.BytesIO()
    if validated:
        pdfa.save(pdf, out, flavour, repair=False, deterministic_id=True)
    else:
        pdf.save(out, **pdfa.resolve_save_kwargs(flavour, deterministic_id=True))
    return out.getvalue()


def lay_on(pdf: pikepdf.Pdf, page: pikepdf.Page, drawing: pikepdf.Page, name: str, *, under: bool = False) -> None:
    """Draw the page ``drawing`` of another file over (or under) ``page``, as the resource ``name``.

    The library's own overlay gives its resource a random name, so that no two files are the same.
    """
    form = pdf.copy_foreign(drawing.as_form_xobject())
    page.add_resource(form, pikepdf.Name.XObject, pikepdf.Name(f"/{name}"))
    draw = b"q /%s Do Q" % name.encode()
    page.contents_add(draw + b" q" if under else b"q", prepend=True)
    page.contents_add(b"Q" if under else b"Q " + draw)
