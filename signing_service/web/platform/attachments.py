"""附件: what is uploaded is looked at, kept under its hash, and named in the draft; what is refused says why and what to do."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from signing_service.domain.codes import clean_prose
from signing_service.domain.documents import Blobs
from signing_service.domain.errors import FieldError, Problem
from signing_service.pipeline.attachment import LARGEST, MOST_PAGES, AttachmentProblem
from signing_service.pipeline.isolation import examine_isolated

REQUEST_LARGEST = LARGEST + 64 * 1024
"""A file and what stands around it."""
FORM_LARGEST = 3 * LARGEST
"""Several files with a form, where there is no JavaScript."""
JSON_LARGEST = LARGEST * 4 // 3 + 64 * 1024
UPLOAD = ".upload"
"""Ends the name of an input that takes files."""

REFUSALS: Mapping[AttachmentProblem, tuple[str, str]] = {
    AttachmentProblem.TYPE: (
        "只能上传 PDF、JPG 或 PNG 文件，且文件须完好；请用原软件重新导出后上传。",
        "Only sound PDF, JPG or PNG files are taken: export it again, then upload that.",
    ),
    AttachmentProblem.SIZE: (
        f"文件过大：每个不超过 {LARGEST // 1024 // 1024} MB、{MOST_PAGES} 页；请压缩或拆分后上传。",
        f"The file is too large: up to {LARGEST // 1024 // 1024} MB and {MOST_PAGES} pages each. Make it smaller or split it.",
    ),
    AttachmentProblem.ACTIVE: (
        "文件含有脚本、附件或自动动作，为安全起见不予接收；请另存为普通 PDF 后上传。",
        "The file contains scripts, attached files or actions and is not taken: save it as a plain PDF and upload that.",
    ),
    AttachmentProblem.ENCRYPTED: (
        "文件设有密码或使用限制，主管部门将无法查看；请去除密码后上传。",
        "The file is protected and the authority could not read it: remove the password and upload it again.",
    ),
}


def taken_in(blobs: Blobs, name: str, data: bytes) -> dict[str, Any]:
    """``{name, sha256, pages, size}`` of a file that is kept from now on.

    Raises Problem FILE_MISSING, FILE_TYPE, FILE_SIZE, FILE_ACTIVE, FILE_ENCRYPTED.
    """
    if not data:
        raise Problem("FILE_MISSING", "没有收到文件，请重新选择。", "No file arrived: choose it again.")
    found = examine_isolated(data)
    if found.problem is not None:
        raise Problem(found.problem.value, *REFUSALS[found.problem])
    kind = found.kind.value if found.kind else ""
    return {"name": _called(name, kind), "sha256": blobs.put(data), "pages": found.pages, "size": len(data)}


def _called(name: str, kind: str) -> str:
    """As the file was called by whoever sent it, without the folder it lay in."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    try:
        return clean_prose(last)[-120:] or f"附件.{kind}"
    except Problem:
        return f"附件.{kind}"


def from_json(text: str) -> bytes:
    """Raises Problem FILE_MISSING for what is no base64."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Problem(
            "FILE_MISSING", "content 须为 base64 编码的文件内容。", "content is the file in base64."
        ) from None


def at_field(name: str, problem: Problem) -> FieldError:
    return FieldError(name, problem.code, problem.zh, problem.en)
