"""Takes in a stranger's PDF: never more of it than allowed, only in memory, and nothing else than a PDF."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import anyio
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from signing_service.domain.errors import Problem
from signing_service.pipeline.paper import is_picture

MEGABYTE = 1024 * 1024
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
    data = await _upload(request, max_mb, ("application/pdf",))
    check_pdf(data, max_mb)
    return data


async def read_picture(request: Request, max_mb: int) -> bytes:
    """A photo or scan, as ``read_pdf`` takes a PDF: JPEG, PNG or PDF by its first bytes. Raises Problem PICTURE_TYPE."""
    data = await _upload(request, max_mb, ("image/jpeg", "image/png", "application/pdf"))
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


async def _upload(request: Request, max_mb: int, kinds: tuple[str, ...]) -> bytes:
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > max_mb * MEGABYTE + _ENVELOPE:
        raise _too_large(max_mb)
    try:
        with anyio.fail_after(UPLOAD_SECONDS):
            return await _body(request, max_mb, kinds)
    except TimeoutError:
        raise _slow() from None


def check_pdf(data: bytes, max_mb: int) -> None:
    """Raises Problem FILE_MISSING, FILE_SIZE or FILE_TYPE for what cannot be a PDF that we look at."""
    if not data:
        raise Problem(
            "FILE_MISSING", "还没有选择文件，请选择一份 PDF 文件。", "No file was chosen: choose a PDF.", status=422
        )
    if len(data) > max_mb * MEGABYTE:
        raise _too_large(max_mb)
    if b"%PDF-" not in data[:_MAGIC_WITHIN]:
        raise _not_a_pdf()


async def read_body(request: Request, most_bytes: int, max_mb: int) -> bytes:
    """A body of another kind than a PDF, whole. Raises Problem FILE_SIZE, told as for a file of ``max_mb``; UPLOAD_SLOW."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > most_bytes:
        raise _too_large(max_mb)
    received = bytearray()
    try:
        with anyio.fail_after(UPLOAD_SECONDS):
            async for chunk in request.stream():
                received += chunk
                if len(received) > most_bytes:
                    raise _too_large(max_mb)
    except TimeoutError:
        raise _slow() from None
    return bytes(received)


async def _body(request: Request, max_mb: int, kinds: tuple[str, ...]) -> bytes:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    stream = _stopped_at(request, max_mb)
    if media_type in kinds:
        return b"".join([chunk async for chunk in stream])
    if media_type != "multipart/form-data":
        raise _not_a_picture() if "image/png" in kinds else _not_a_pdf()
    try:
        form = await _in_memory(max_mb)(request.headers, stream, max_files=1, max_fields=4).parse()
    except MultiPartException:
        raise Problem(
            "UPLOAD_MALFORMED",
            "上传的内容不完整，请重新选择文件上传。",
            "The upload could not be read: choose the file again.",
            status=400,
        ) from None
    return await _file_of(form)


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


async def _stopped_at(request: Request, max_mb: int) -> AsyncGenerator[bytes, None]:
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
        if received > max_mb * MEGABYTE + _ENVELOPE:
            raise _too_large(max_mb)
        yield chunk


def _slow() -> Problem:
    return Problem(
        "UPLOAD_SLOW",
        "上传时间过长，请检查网络后重试。",
        "The upload took too long: check the connection and try again.",
        status=408,
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
