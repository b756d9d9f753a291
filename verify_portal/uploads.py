"""Takes in a stranger's PDFs: never more of them than allowed, only in memory, and nothing else than PDFs."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import parse_qsl

import anyio
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from signing_service.domain.errors import Problem
from signing_service.pipeline.paper import is_picture

T = TypeVar("T")

MEGABYTE = 1024 * 1024
MOST_FILES = 50
"""Files of one batch."""
BATCH_MEGABYTES = 60
"""All files of a batch that is sent in one piece, together: they are held in memory at one time."""
UPLOAD_SECONDS = 120
_ENVELOPE = 64 * 1024
"""Room for the multipart headers around the file."""
_MAGIC_WITHIN = 1024
"""Readers find the header of a PDF anywhere in its first kilobyte (ISO 32000-1, annex H.3, note 13)."""


async def read_pdf(request: Request, max_mb: int) -> bytes:
    """The uploaded file: field ``file`` of a multipart form, or the body itself when that is application/pdf.

    Raises Problem FILE_SIZE (413), as soon as more than ``max_mb`` megabytes are announced or have come in;
    FILE_MISSING (422); FILE_TYPE (415); UPLOAD_SLOW (408).
    """
    return require_pdf(await _upload(request, max_mb, _PDF), max_mb)


async def read_picture(request: Request, max_mb: int) -> bytes:
    """A photo or scan, as ``read_pdf`` takes a PDF: JPEG, PNG or PDF by its first bytes. Raises Problem PICTURE_TYPE."""
    data = await _upload(request, max_mb, _PICTURES)
    if not data:
        raise Problem(
            "PICTURE_MISSING",
            "还没有选择图片，请拍照或选择一张。",
            "No picture was chosen: take or choose one.",
            status=422,
        )
    if len(data) > max_mb * MEGABYTE:
        raise _too_large(max_mb)
    if not is_picture(data):
        raise _not_a_picture()
    return data


async def read_body(request: Request, most_bytes: int, max_mb: int) -> bytes:
    """A body of another kind than a PDF, whole. Raises Problem FILE_SIZE, told as for a file of ``max_mb``; UPLOAD_SLOW."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > most_bytes:
        raise _too_large(max_mb)
    return await _in_time(_whole(request, most_bytes, max_mb))


async def _whole(request: Request, most_bytes: int, max_mb: int) -> bytes:
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > most_bytes:
            raise _too_large(max_mb)
    return bytes(received)


def require_pdf(data: bytes, max_mb: int) -> bytes:
    """One file that has come in. Raises FILE_MISSING, FILE_SIZE, FILE_TYPE as ``read_pdf``."""
    if not data:
        raise Problem(
            "FILE_MISSING", "还没有选择文件，请选择一份 PDF 文件。", "No file was chosen: choose a PDF.", status=422
        )
    if len(data) > max_mb * MEGABYTE:
        raise _too_large(max_mb)
    if b"%PDF-" not in data[:_MAGIC_WITHIN]:
        raise _not_a_pdf()
    return data


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of a batch, as it came: nothing of it has been looked at."""

    name: str
    data: bytes


async def read_batch(request: Request) -> list[Upload]:
    """All files of field ``file`` of a multipart form.

    Raises Problem BATCH_SIZE (413) for more than ``MOST_FILES`` or more than ``BATCH_MEGABYTES`` together,
    FILE_MISSING (422), UPLOAD_MALFORMED (400), UPLOAD_SLOW (408).
    """
    _check_announced(request, BATCH_MEGABYTES, _batch_too_large)
    if _media_type(request) != "multipart/form-data":
        raise _malformed()
    form = await _in_time(_form(request, BATCH_MEGABYTES, MOST_FILES, _batch_too_large))
    uploads = [one for one in form.getlist("file") if isinstance(one, UploadFile)]
    files = [Upload(one.filename or "", await one.read()) for one in uploads if one.filename]
    await form.close()
    if not files:
        require_pdf(b"", BATCH_MEGABYTES)
    return files


async def read_fields(request: Request) -> dict[str, str]:
    """What was typed into a form; of more than a few kilobytes nothing is read. Raises UPLOAD_MALFORMED (400)."""
    if _media_type(request) != "application/x-www-form-urlencoded":
        raise _malformed()
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _TYPED_BYTES:
            raise _malformed()
    try:
        return dict(parse_qsl(body.decode(), max_num_fields=8))
    except ValueError:
        raise _malformed() from None


_TYPED_BYTES = 4096


def _check_announced(request: Request, max_mb: int, refusal: Callable[[int], Problem]) -> None:
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > max_mb * MEGABYTE + _ENVELOPE:
        raise refusal(max_mb)


async def _in_time(reading: Awaitable[T]) -> T:
    try:
        with anyio.fail_after(UPLOAD_SECONDS):
            return await reading
    except TimeoutError:
        raise Problem(
            "UPLOAD_SLOW",
            "上传时间过长，请检查网络后重试。",
            "The upload took too long: check the connection and try again.",
            status=408,
        ) from None


_PDF = ("application/pdf",)
_PICTURES = ("image/jpeg", "image/png", "application/pdf")


async def _upload(request: Request, max_mb: int, kinds: tuple[str, ...]) -> bytes:
    _check_announced(request, max_mb, _too_large)
    return await _in_time(_body(request, max_mb, kinds))


async def _body(request: Request, max_mb: int, kinds: tuple[str, ...]) -> bytes:
    media_type = _media_type(request)
    if media_type in kinds:
        return b"".join([chunk async for chunk in _stopped_at(request, max_mb, _too_large)])
    if media_type != "multipart/form-data":
        raise _not_a_picture() if kinds is _PICTURES else _not_a_pdf()
    return await _file_of(await _form(request, max_mb, 1, _too_large))


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _form(request: Request, max_mb: int, most_files: int, refusal: Callable[[int], Problem]) -> FormData:
    stream = _stopped_at(request, max_mb, refusal)
    try:
        return await _in_memory(max_mb)(request.headers, stream, max_files=most_files, max_fields=4).parse()
    except MultiPartException as error:
        if "Too many files" in error.message:
            raise _too_many_files() from None
        raise _malformed() from None


async def _file_of(form: FormData) -> bytes:
    upload = form.get("file")
    data = await upload.read() if isinstance(upload, UploadFile) else b""
    await form.close()
    return data


def _in_memory(max_mb: int) -> type[MultiPartParser]:
    """A parser that never spools to disk: an upload leaves no trace."""

    class InMemoryParser(MultiPartParser):
        spool_max_size = max_mb * MEGABYTE + _ENVELOPE

    return InMemoryParser


async def _stopped_at(request: Request, max_mb: int, refusal: Callable[[int], Problem]) -> AsyncGenerator[bytes, None]:
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
        if received > max_mb * MEGABYTE + _ENVELOPE:
            raise refusal(max_mb)
        yield chunk


def _malformed() -> Problem:
    return Problem(
        "UPLOAD_MALFORMED",
        "上传的内容不完整，请重新选择文件上传。",
        "The upload could not be read: choose the file again.",
        status=400,
    )


def _too_many_files() -> Problem:
    return Problem(
        "BATCH_SIZE",
        f"一次最多查验 {MOST_FILES} 份文件，请分批上传。",
        f"At most {MOST_FILES} files can be checked at a time: send them in several batches.",
        status=413,
        most_files=MOST_FILES,
    )


def _batch_too_large(max_mb: int) -> Problem:
    return Problem(
        "BATCH_SIZE",
        f"文件合计超过 {max_mb} MB，请分批上传。",
        f"The files are larger than {max_mb} MB together: send them in several batches.",
        status=413,
        max_megabytes=max_mb,
    )


def _too_large(max_mb: int) -> Problem:
    return Problem(
        "FILE_SIZE",
        f"文件超过 {max_mb} MB，无法在线查验。请上传原始 PDF；若原文件确有这么大，请联系签发机关核实。",
        f"The file is larger than {max_mb} MB. Upload the original PDF; if it really is that large, ask its issuer.",
        status=413,
        max_megabytes=max_mb,
    )


def _not_a_pdf() -> Problem:
    return Problem(
        "FILE_TYPE",
        "这不是 PDF 文件。请上传收到的原始 PDF；照片、截图和 Word 文件不带电子签章。",
        "This is not a PDF. Upload the original PDF: photos, screenshots and Word files carry no electronic seal.",
        status=415,
    )


def _not_a_picture() -> Problem:
    return Problem(
        "PICTURE_TYPE",
        "请上传 JPEG 或 PNG 图片，或单页扫描的 PDF；手机照片若为 HEIC，请在相机设置中改为兼容格式（JPEG）。",
        "Upload a JPEG or PNG, or a scan of one page as PDF. If the phone makes HEIC, set its camera to JPEG.",
        status=415,
    )
