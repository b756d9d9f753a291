"""Time stamps of real authorities: RFC 3161 over HTTP, from several of them, the first that answers rightly."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko.sign.validation.status import TimestampSignatureStatus
from pyhanko_certvalidator import ValidationContext

from signing_service.domain.errors import Problem
from signing_service.domain.keys import TimeStamp
from signing_service.trust.answers import NoAnswer
from signing_service.trust.over_http import Caller, Question, Rests, shown

CLOCKS_DIFFER = timedelta(minutes=5)
"""A stamp that is further than this from our own clock is not taken: one of the two clocks is wrong."""

_REPLY = frozenset({"application/timestamp-reply"})


class TsaPool:
    """A ``domain.keys.TimeStampingAuthority`` over several addresses, asked in their order; one that failed rests.

    A token is taken when it is over our digest, bears our nonce and the time of our clock, and is signed by a
    time-stamping cert that leads to one of ``anchors`` (DER). Safe for threads.
    """

    def __init__(
        self,
        addresses: Sequence[str],
        anchors: Sequence[bytes],
        intermediates: Sequence[bytes],
        caller: Caller,
        clock: Callable[[], datetime],
        rests: Rests | None = None,
    ) -> None:
        if not addresses:
            raise ValueError("a pool of no time-stamping authority")
        self._addresses = tuple(addresses)
        self._anchors = [asn1_x509.Certificate.load(der) for der in anchors]
        self._intermediates = [asn1_x509.Certificate.load(der) for der in intermediates]
        self._caller = caller
        self._clock = clock
        self._rests = rests or Rests()

    def __repr__(self) -> str:
        return f"TsaPool({', '.join(map(shown, self._addresses))})"

    def time_stamp(self, digest: bytes) -> TimeStamp:
        """A token over a SHA-256 digest. Raises Problem TSA_UNAVAILABLE, which names what was tried."""
        if len(digest) != 32:
            raise ValueError(f"a SHA-256 digest has 32 bytes, not {len(digest)}")
        tried: dict[str, str] = {}
        for address in self._rests.in_order(self._addresses):
            try:
                stamp = self._ask(address, digest)
            except NoAnswer as reason:
                self._rests.failed(address)
                tried[shown(address)] = str(reason)
            else:
                self._rests.answered(address)
                return stamp
        raise _unavailable(tried)

    def _ask(self, address: str, digest: bytes) -> TimeStamp:
        nonce = secrets.randbits(63) | 1 << 63
        answer = self._caller.ask(Question(address, _REPLY, _request(digest, nonce), "application/timestamp-query"))
        try:
            token = _granted(answer)
            info = _checked_info(token, digest, nonce)
            moment: datetime = info["gen_time"].native
            if abs(moment - self._clock()) > CLOCKS_DIFFER:
                raise NoAnswer(f"states {moment:%Y-%m-%dT%H:%M:%SZ}, which is not the time here")
            self._refuse_unsigned(token, digest)
        except NoAnswer:
            raise
        except Exception as error:  # noqa: BLE001 - the parsers of foreign bytes raise what they like
            raise NoAnswer(f"answers with what is no time stamp ({type(error).__name__})") from None
        return TimeStamp(token.dump(), moment)

    def _refuse_unsigned(self, token: cms.ContentInfo, digest: bytes) -> None:
        context = ValidationContext(
            trust_roots=self._anchors,
            other_certs=self._intermediates,
            moment=self._clock(),
            allow_fetching=False,
            revocation_mode="soft-fail",
        )
        judged = validate_tst_signed_data(token["content"], context, lambda _algorithm: digest)
        status = TimestampSignatureStatus(**_run(judged))
        if not (status.valid and status.intact):
            raise NoAnswer("signs falsely")
        if not status.trusted:
            raise NoAnswer("signs with a cert that leads to no trust anchor for time stamps")


def _request(digest: bytes, nonce: int) -> bytes:
    imprint = {"hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}), "hashed_message": digest}
    encoded: bytes = tsp.TimeStampReq(
        {"version": "v1", "message_imprint": imprint, "nonce": nonce, "cert_req": True}
    ).dump()
    return encoded


def _granted(answer: bytes) -> cms.ContentInfo:
    """The token of a TimeStampResp that grants one (RFC 3161, 2.4.2)."""
    # asn1crypto's TimeStampResp cannot be read without its token, which is optional
    parts = core.SequenceOf.load(answer, spec=core.Any, strict=True)
    status = tsp.PKIStatusInfo.load(parts[0].dump(), strict=True)
    if status["status"].native not in ("granted", "granted_with_mods"):
        failure = ", ".join(sorted(status["fail_info"].native or ())) or status["status"].native
        raise NoAnswer(f"refuses ({failure})")
    return cms.ContentInfo.load(parts[1].dump(), strict=True)


def _checked_info(token: cms.ContentInfo, digest: bytes, nonce: int) -> Any:
    signed_data = token["content"]
    if signed_data["encap_content_info"]["content_type"].native != "tst_info" or len(signed_data["signer_infos"]) != 1:
        raise NoAnswer("answers with what is no time stamp")
    info = signed_data["encap_content_info"]["content"].parsed
    imprint = info["message_imprint"]
    if (imprint["hash_algorithm"]["algorithm"].native, imprint["hashed_message"].native) != ("sha256", digest):
        raise NoAnswer("stamps another digest")
    if info["nonce"].native != nonce:
        raise NoAnswer("answers another request (nonce)")
    if not signed_data["certificates"]:
        raise NoAnswer("leaves its cert out")
    return info


def _run(judging: Coroutine[Any, Any, dict[str, Any]]) -> dict[str, Any]:
    """Run to the end what never waits; in a thread of its own where this one has an event loop already."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(judging)
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, judging).result()


def _unavailable(tried: dict[str, str]) -> Problem:
    told = "; ".join(f"{address}: {reason}" for address, reason in tried.items())
    return Problem(
        "TSA_UNAVAILABLE",
        f"时间戳服务暂不可用，系统将自动重试；若持续如此，请检查网络或 SIGNING_TSA_URLS。已尝试：{'、'.join(tried)}。",
        "No time-stamping authority answers rightly; it is tried again by itself. If it stays so, check the network "
        f"or SIGNING_TSA_URLS. Tried: {told}.",
        status=503,
        tried=told,
    )
