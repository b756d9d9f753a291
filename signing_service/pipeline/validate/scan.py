"""What the raw bytes say of signatures, whatever a parser makes of them.

One flipped byte may hide a signature from every parser, but not all of its traces from this scan; a file with a
trace that no parser reaches is broken, never "not signed". The scan also finds claims that would keep a parser
busy for ever, before one is asked.
"""

from __future__ import annotations

import contextlib
import itertools
import re
import zlib
from collections.abc import Iterator

from signing_service.pipeline.validate.limits import Limits

EOF_MARK = b"%%EOF"
EOL = (b"", b"\n", b"\r", b"\r\n")
EOF_SEARCH = 1000
"""Bytes at the end of a file in which readers look for the last end mark."""

# every pattern begins with the same letter, or is one word, so that the search leaps from one to the next; none goes back
_SIGNATURE = re.compile(
    rb"/(?:ByteRange"
    rb"|SubFilter\s*+/(?:ETSI\.|adbe\.)"
    rb"|Type\s*+/(?:Sig|DocTimeStamp)(?![A-Za-z])"
    rb"|Contents\s*+<30[0-9A-Fa-f]{64})"
)
_READY_TO_SIGN = re.compile(rb"/(?:FT\s*+/Sig(?![A-Za-z])|SigFlags|SigFieldLock|DocMDP)")
_SIGNATURE_HINTS = (b"/ByteRange", b"/ETSI.", b"/adbe.", b"/Sig", b"/DocTimeStamp", b"<30")
_READY_HINTS = (b"/Sig", b"/DocMDP")
_MANY_NAMES = 200_000
_HEX = re.compile(rb"[0-9A-Fa-f\s]*+")
_XREF_DICT = re.compile(rb"/Type\s*+/XRef(?![A-Za-z])")
_TRAILER = re.compile(rb"trailer\s*+<<")
_SIZE = re.compile(rb"/Size\s+(-?\d+)")
_WIDTHS = re.compile(rb"/W\s*\[([^\]]{0,200})\]")
_INDEX = re.compile(rb"/Index\s*\[([^\]]{0,20000})\]")
_OBJECT_STREAM = re.compile(rb"/ObjStm(?![A-Za-z])")
_STREAM = re.compile(rb"stream\r?\n")
_DICT_REACH = 4096
_PROBE = 32
_INFLATE_REACH = 256 * 1024
_MOST_OBJECT_STREAMS = 100


def is_pdf(data: bytes) -> bool:
    """The magic number stands within the first 1,024 bytes (ISO 32000-1, annex H.3, note 13)."""
    return b"%PDF-" in data[:1024]


def bears_a_signature(data: bytes) -> bool:
    return _finds(_SIGNATURE, data, _SIGNATURE_HINTS)


def signature_traces(data: bytes, most: int = 1000) -> tuple[int, ...]:
    """Offsets of everything that only a filled signature leaves in a file; no more than ``most`` of them."""
    return tuple(match.start() for match in itertools.islice(_SIGNATURE.finditer(data), most))


def was_ready_to_sign(data: bytes) -> bool:
    """Empty signature fields, in the open or in an object stream: a trace once the file can no longer be read."""
    texts = itertools.chain([data], _object_streams(data))
    return any(_finds(_READY_TO_SIGN, text, _READY_HINTS) for text in texts)


def _finds(pattern: re.Pattern[bytes], data: bytes, hints: tuple[bytes, ...]) -> bool:
    """Whether the pattern occurs. It is tried at every slash: where those are many, plain searches go before it."""
    if data.count(b"/") > _MANY_NAMES and not any(hint in data for hint in hints):
        return False
    return bool(pattern.search(data))


def _object_streams(data: bytes) -> Iterator[bytes]:
    for match in itertools.islice(_OBJECT_STREAM.finditer(data), _MOST_OBJECT_STREAMS):
        start = _STREAM.search(data, match.end(), match.end() + _DICT_REACH)
        if start:
            with contextlib.suppress(zlib.error):
                packed = data[start.end() : start.end() + _INFLATE_REACH]
                yield zlib.decompressobj().decompress(packed, _INFLATE_REACH)


def end_of_last_revision(data: bytes) -> int:
    """Offset after the last end mark, without its end of line; 0 when there is none."""
    position = data.rfind(EOF_MARK)
    return 0 if position < 0 else position + len(EOF_MARK)


def after_end_of_line(data: bytes, position: int) -> int:
    """The position behind the one end of line, if any, at ``position``."""
    return position + max(len(mark) for mark in EOL if data.startswith(mark, position))


def is_too_complex(data: bytes, limits: Limits) -> bool:
    """Claims no honest file makes: table sizes, revisions, names, hex strings beyond ``limits``. Linear in the file."""
    if has_long_hex_string(data, limits.max_contents_digits) or data.count(b"/") > limits.max_names:
        return True
    most = 2 * (limits.max_revisions + 1)
    if any(data.count(word) > most for word in (b"startxref", b"/XRef", b"trailer")):
        return True
    return _claimed_objects(data, limits.max_objects) > limits.max_objects


def has_long_hex_string(data: bytes, digits: int) -> bool:
    """Whether there is a hex string, /Contents or another, of more than so many digits and spaces.

    The parser reads them one by one. A string so long covers one of the places looked at, which lie half as far apart.
    """
    step = max(digits // 2, _PROBE)
    position = 0
    while position < len(data):
        probed = _HEX.match(data, position, position + _PROBE)
        if probed and probed.end() - position == _PROBE:
            start = data.rfind(b"<", max(position - step - _PROBE, 0), position) + 1
            end = start + digits + 1
            if start and _HEX.fullmatch(data, start, end) and end <= len(data):
                return True
        position += step
    return False


def _claimed_objects(data: bytes, enough: int) -> int:
    claimed = 0
    for match in _XREF_DICT.finditer(data) if b"/XRef" in data else ():
        reach = max(match.start() - _DICT_REACH, 0)
        start = max(data.rfind(b"obj", reach, match.start()), reach)
        end = data.find(b"stream", match.end(), match.end() + _DICT_REACH * 8)
        claimed += _entries_claimed(data[start : end if end > 0 else match.end() + _DICT_REACH], enough)
    for match in _TRAILER.finditer(data):
        size = _SIZE.search(data, match.end(), match.end() + _DICT_REACH)
        if size and abs(int(size.group(1)[:20])) > enough:
            return enough + 1
    return claimed


def _entries_claimed(dictionary: bytes, enough: int) -> int:
    sizes = [abs(int(size[:20])) for size in _SIZE.findall(dictionary)]
    widths = _WIDTHS.search(dictionary)
    if widths:
        wide = [int(number) for number in re.findall(rb"-?\d{1,20}", widths.group(1))]
        if sum(wide) < 1 or max(wide) > 8 or min(wide) < 0:
            return enough + 1
    index = _INDEX.search(dictionary)
    counts = [int(number) for number in re.findall(rb"\d{1,20}", index.group(1))][1::2] if index else sizes[:1]
    return enough + 1 if max(sizes, default=0) > enough else sum(counts)
