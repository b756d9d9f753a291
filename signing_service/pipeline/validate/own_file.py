"""A file that is exactly as we write it is validated without a PDF library, at nearly the price of its signatures.

The answer is only ever that every signature passed, with the words the full path would use; whatever is out of the
ordinary, down to one byte, is None, and then the full path decides. So nobody gains by looking like a file of ours.
What is checked here: each revision is accounted for (``own_layout``), each CMS is the one we would have written over
these bytes (``own_cms``), each signer is believed (``own_signers``), and no trace of a signature lies elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from signing_service.domain.documents import PadesLevel, SignatoryRole
from signing_service.domain.verdicts import DOCUMENT_TIMESTAMP, SignatureVerdict, Verdict
from signing_service.pipeline.validate import own_signers, scan
from signing_service.pipeline.validate.limits import Limits
from signing_service.pipeline.validate.names import signer_text
from signing_service.pipeline.validate.own_cms import Signature, Token, signature_of, token_of
from signing_service.pipeline.validate.own_layout import Layout, Written, layout_of
from signing_service.pipeline.validate.own_objects import NotOursError
from signing_service.pipeline.validate.own_signers import Believed, Chain, Known
from signing_service.pipeline.validate.sentences import Reason
from signing_service.pipeline.validate.structure import ends_as_signed

_ROLES = frozenset(role.value for role in SignatoryRole)
_END_OF_OBJECT = b"endobj"


@dataclass(frozen=True, slots=True)
class OwnFile:
    """A file as we write it, its signatures verified; whom to believe is still open."""

    layout: Layout
    signatures: tuple[Signature | Token, ...]
    """In the order of ``layout.signatures``."""
    length: int
    sha256: str


def read_own(data: bytes, limits: Limits) -> OwnFile | None:
    """None for a file that is written, or signed, in any other way."""
    try:
        layout = layout_of(data)
        if len(layout.signatures) > limits.max_signatures or len(layout.stores) > limits.max_revisions:
            return None
        digests = _Digests(data)
        read = tuple(_read(data, one, digests) for one in layout.signatures)
        _require_no_other_trace(data, layout)
        if not ends_as_signed(data, layout.signatures[-1].covered):
            return None
        return OwnFile(layout, read, len(data), digests.whole())
    except Exception:  # noqa: BLE001 - whatever goes wrong here, and whyever: the full path decides
        return None


def judge_own(
    own: OwnFile, believed: Believed, limits: Limits, renewed_at: datetime | None = None
) -> tuple[SignatureVerdict, ...] | None:
    """The verdicts, when every one of them is that the signature passed. ``renewed_at`` as in ``findings``."""
    try:
        return _Judging(own, believed, limits, renewed_at).verdicts()
    except Exception:  # noqa: BLE001 - as above
        return None


def turning_points(own: OwnFile, believed: Believed) -> tuple[datetime, ...]:
    """Between two neighbours of these, time alone changes no verdict: where a cert or evidence begins or ends its term.

    Raises NotOursError where ``judge_own`` gives no verdict.
    """
    store = own.layout.stores[-1]
    evidence = own_signers.known(believed, store)
    reads = [*own.signatures, *(one.stamp for one in own.signatures if isinstance(one, Signature) and one.stamp)]
    chains = [own_signers.chain_of(one.signer, one.certs, believed, store) for one in reads]
    return tuple({point for chain in chains for point in own_signers.turning_points(chain, evidence)})


class _Digests:
    """What the byte ranges of a file hash to, in the order of the file: what they share is hashed once."""

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self._before = hashlib.sha256()
        self._hashed = 0

    def up_to(self, position: int) -> None:
        self._before.update(self._data[self._hashed : position])
        self._hashed = position

    def of(self, one: Written, name: str) -> bytes:
        if name == "sha256" and self._hashed <= one.hole.start:
            self.up_to(one.hole.start)
            digest = self._before.copy()
        else:
            digest = hashlib.new(name, self._data[: one.hole.start])
        digest.update(self._data[one.hole.end : one.covered])
        return digest.digest()

    def whole(self) -> str:
        self.up_to(len(self._data))
        return self._before.hexdigest()


def _read(data: bytes, one: Written, digests: _Digests) -> Signature | Token:
    # fromhex passes over white space, which a hole of ours has none of
    contents = bytes.fromhex(data[one.hole.start + 1 : one.hole.end - 1].decode("ascii"))
    if one.is_time_stamp:
        token = token_of(contents)
        if token.imprint != digests.of(one, token.digest):
            raise NotOursError("a time stamp of other bytes")
        return token
    return signature_of(contents, lambda name: digests.of(one, name))


def _require_no_other_trace(data: bytes, layout: Layout) -> None:
    """Every trace of a signature lies within one that was read (``verdict._file_alarms``)."""
    extents = [(one.start, data.find(_END_OF_OBJECT, one.hole.end)) for one in layout.signatures]
    for trace in scan.signature_traces(data):
        if not any(start <= trace < end for start, end in extents):
            raise NotOursError("a trace of another signature")


class _Judging:
    def __init__(self, own: OwnFile, believed: Believed, limits: Limits, renewed_at: datetime | None) -> None:
        self._own = own
        self._believed = believed
        self._limits = limits
        self._stores = own.layout.stores
        self._known: Known = own_signers.known(believed, self._stores[-1])
        self._stamps: list[tuple[int, datetime]] = []
        """Of document time stamps that hold: revision and time."""
        if renewed_at is not None:
            self._stamps.append((len(self._stores), renewed_at))

    def verdicts(self) -> tuple[SignatureVerdict, ...]:
        return tuple(reversed(list(self._newest_first())))

    def _newest_first(self) -> Iterator[SignatureVerdict]:
        for written, read in reversed(list(zip(self._own.layout.signatures, self._own.signatures, strict=True))):
            own_signers.require_modest(read, self._believed, self._stores[-1], self._limits)
            stamped_at = min((at for _, at in self._stamps), default=None)
            if isinstance(read, Token):
                yield self._time_stamp(written, read, stamped_at)
                self._stamps.append((written.revision, read.at))
            else:
                yield self._signature(written, read, stamped_at)

    def _time_stamp(self, written: Written, token: Token, stamped_at: datetime | None) -> SignatureVerdict:
        at, chain = self._time_of(token, stamped_at)
        return self._said(written, chain, DOCUMENT_TIMESTAMP, at, proven=True)

    def _time_of(self, token: Token, stamped_at: datetime | None) -> tuple[datetime, Chain]:
        chain = self._chain(token)
        own_signers.require_authority(chain[0])
        return own_signers.proven_by(token, chain, self._known, self._believed.at, stamped_at), chain

    def _signature(self, written: Written, read: Signature, stamped_at: datetime | None) -> SignatureVerdict:
        chain = self._chain(read)
        own_signers.require_signer(chain[0])
        chains = {read.certs: chain}
        proven = stamped_at
        if read.stamp is not None:
            at, chain_of_stamp = self._time_of(read.stamp, stamped_at)
            chains[read.stamp.certs] = chain_of_stamp
            proven = min(at, stamped_at) if stamped_at else at
        own_signers.require_believed(chain, self._known, self._believed.at, proven, stamped_at)
        level = self._level(chains, is_stamped=read.stamp is not None)
        moment = proven or written.claimed_at
        if moment is None:
            raise NotOursError("a signature without a time")
        return self._said(written, chain, level, moment, proven=proven is not None)

    def _chain(self, read: Signature | Token) -> Chain:
        return own_signers.chain_of(read.signer, read.certs, self._believed, self._stores[-1])

    def _level(self, chains: Mapping[tuple[bytes, ...], Chain], *, is_stamped: bool) -> str:
        """As in ``signatures``: each level has what the one below it has."""
        if not self._stamps and not is_stamped:
            return PadesLevel.B_B.value
        if not self._is_complete(chains, len(self._stores) - 1):
            return PadesLevel.B_T.value
        newest = max((revision for revision, _ in self._stamps), default=None)
        if newest is None or not self._is_complete(chains, min(newest, len(self._stores) - 1)):
            return PadesLevel.B_LT.value
        return PadesLevel.B_LTA.value

    def _is_complete(self, chains: Mapping[tuple[bytes, ...], Chain], revision: int) -> bool:
        store = self._stores[revision]
        return all(own_signers.is_complete(chain, brought, store) for brought, chain in chains.items())

    def _said(self, written: Written, chain: Chain, level: str, moment: datetime, *, proven: bool) -> SignatureVerdict:
        return SignatureVerdict(
            field=written.field,
            role=written.field if written.field in _ROLES else "",
            indication=Verdict.TOTAL_PASSED,
            sub_indication="",
            level=level,
            signer=signer_text(chain[0].der),
            signed_at=moment.isoformat(timespec="seconds"),
            time_proven=proven,
            covers="whole_file" if written.covered == self._own.length else "revision",
            changed_after=False,
            reason=Reason.GENUINE.value,
            cert_sha256=chain[0].sha256,
        )
