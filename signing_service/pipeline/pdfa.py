"""Every document is archived for decades, so every document is PDF/A: it says what it is, and in which colours.

PDF/A-2b (ISO 19005-2); a document that carries its data as an associated file is PDF/A-3b (ISO 19005-3), which alone
allows files that are not PDF/A themselves. That what is written conforms is tested, template by template.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from xml.sax.saxutils import escape

import pikepdf
from pikepdf import pdfa

from signing_service.domain.dates import SHANGHAI
from signing_service.pipeline.syntax import date_string, deflated_well, stream, text_string

PLAIN, WITH_DATA = "2", "3"
"""The parts of ISO 19005."""
SOFTWARE = "Signing Service"

OUTPUT_INTENT = (
    b"/OutputIntents[<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)/Info(sRGB)"
    b"/DestOutputProfile %d 0 R>>]"
)


@dataclass(frozen=True, slots=True)
class Card:
    """What a document says of itself, twice: in its information dictionary and in its metadata."""

    title: str
    subject: str
    keywords: str
    made_at: datetime

    @property
    def info(self) -> bytes:
        """The information dictionary (ISO 32000-1, 14.3.3)."""
        software, moment = text_string(SOFTWARE), date_string(self.made_at)
        return b"<</Title%s/Subject%s/Keywords%s/Creator%s/Producer%s/CreationDate%s/ModDate%s>>" % (
            text_string(self.title), text_string(self.subject), text_string(self.keywords),
            software, software, moment, moment,
        )  # fmt: skip

    def metadata(self, part: str) -> bytes:
        """The same as XMP, and the ``part`` of ISO 19005 that the file conforms to, at level B."""
        moment = self.made_at.astimezone(SHANGHAI).replace(microsecond=0).isoformat()
        packet = _PACKET.format(
            title=escape(self.title),
            subject=escape(self.subject),
            keywords=escape(self.keywords),
            software=SOFTWARE,
            moment=moment,
            part=part,
        )
        return stream(b"/Type/Metadata/Subtype/XML", packet.encode())


_PACKET = """\
<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{subject}</rdf:li></rdf:Alt></dc:description>
<pdf:Keywords>{keywords}</pdf:Keywords>
<pdf:Producer>{software}</pdf:Producer>
<xmp:CreatorTool>{software}</xmp:CreatorTool>
<xmp:CreateDate>{moment}</xmp:CreateDate>
<xmp:ModifyDate>{moment}</xmp:ModifyDate>
<xmp:MetadataDate>{moment}</xmp:MetadataDate>
<pdfaid:part>{part}</pdfaid:part>
<pdfaid:conformance>B</pdfaid:conformance>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""


@cache
def output_profile() -> bytes:
    """The ICC profile of sRGB, as the stream that every file of ours carries; made once per process."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdfa.prepare(pdf, "2b")
        profile = pdf.Root.OutputIntents[0].DestOutputProfile
        return deflated_well(b"/N %d" % int(profile.N), profile.read_bytes())
