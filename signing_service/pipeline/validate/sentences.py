"""What each finding of the verifier is called, and how it is said to the person who asked."""

from __future__ import annotations

from enum import StrEnum

from signing_service.domain.verdicts import Sentence


class Reason(StrEnum):
    """Reason codes of a report, the weightiest first: of several findings the first one here is the file's reason."""

    TOO_LARGE = "TOO_LARGE"
    TOO_COMPLEX = "TOO_COMPLEX"
    VALIDATION_TIMEOUT = "VALIDATION_TIMEOUT"
    STRUCTURE_DAMAGED = "STRUCTURE_DAMAGED"
    SIGNATURE_REMOVED = "SIGNATURE_REMOVED"
    SIGNATURE_MALFORMED = "SIGNATURE_MALFORMED"
    CONTENT_CHANGED = "CONTENT_CHANGED"
    SIGNATURE_FALSE = "SIGNATURE_FALSE"
    LOCK_BROKEN = "LOCK_BROKEN"
    CHANGED_AFTER_SEALING = "CHANGED_AFTER_SEALING"
    BYTES_AFTER_END = "BYTES_AFTER_END"
    NOT_A_PDF = "NOT_A_PDF"
    ENCRYPTED = "ENCRYPTED"
    NO_SIGNATURE = "NO_SIGNATURE"
    NOT_IN_REGISTER = "NOT_IN_REGISTER"
    SIGNER_REVOKED = "SIGNER_REVOKED"
    ALGORITHM_REFUSED = "ALGORITHM_REFUSED"
    KEY_USAGE_WRONG = "KEY_USAGE_WRONG"
    SIGNER_NOT_YET_VALID = "SIGNER_NOT_YET_VALID"
    SIGNER_EXPIRED = "SIGNER_EXPIRED"
    SIGNER_UNKNOWN = "SIGNER_UNKNOWN"
    REVOCATION_UNKNOWN = "REVOCATION_UNKNOWN"
    TIME_NOT_PROVEN = "TIME_NOT_PROVEN"
    SIGNER_NOT_ACCEPTED = "SIGNER_NOT_ACCEPTED"
    SIGNATURE_UNSUPPORTED = "SIGNATURE_UNSUPPORTED"
    GENUINE_REGISTERED = "GENUINE_REGISTERED"
    GENUINE = "GENUINE"


WEIGHT = {reason: position for position, reason in enumerate(Reason)}

SENTENCES: dict[Reason, Sentence] = {
    Reason.GENUINE: Sentence(
        "签章有效：文件自签章后未被改动，签署者可信。",
        "The signatures are valid: unchanged since it was sealed, and the signers are trusted.",
    ),
    Reason.GENUINE_REGISTERED: Sentence(
        "真实有效：文件自签发后未被改动，与本平台登记的原件逐字节一致。",
        "Genuine: unchanged since it was sealed, and identical byte for byte with the original in our register.",
    ),
    Reason.NOT_IN_REGISTER: Sentence(
        "警告：文件带有本平台的签章，但登记中没有这份文件，请勿采信，并请立即告知签发机关。",
        "Warning: sealed with a key of ours, but this file is not in the register. Do not rely on it, and tell the"
        " issuing authority at once.",
    ),
    Reason.CONTENT_CHANGED: Sentence(
        "文件内容在签章后被改动，请勿采信。",
        "The content was changed after it was sealed: do not rely on it.",
    ),
    Reason.CHANGED_AFTER_SEALING: Sentence(
        "文件在签章后被追加或改动了内容，请勿采信，请索取原件。",
        "Changed after sealing: something was added or altered. Do not rely on it; ask for the original.",
    ),
    Reason.LOCK_BROKEN: Sentence(
        "文件签章后已锁定，其后的改动不被允许，请勿采信，请索取原件。",
        "The seal locked this file and it was changed all the same. Do not rely on it; ask for the original.",
    ),
    Reason.BYTES_AFTER_END: Sentence(
        "文件末尾在签章后被添加了数据，请勿采信，请索取原件。",
        "Data was appended to the end of the file after sealing. Do not rely on it; ask for the original.",
    ),
    Reason.SIGNATURE_FALSE: Sentence(
        "签名值与签名证书不符，签名不成立，请勿采信。",
        "The signature does not match the cert it names: it is no signature. Do not rely on this file.",
    ),
    Reason.SIGNATURE_MALFORMED: Sentence(
        "签名的格式或覆盖范围不符合规范，可能被伪造或损坏，请勿采信。",
        "A signature is malformed, or does not cover what it should: forged or damaged. Do not rely on this file.",
    ),
    Reason.SIGNATURE_REMOVED: Sentence(
        "文件中留有已失去效力的签名，签名可能被移除或替换，请勿采信，请索取原件。",
        "The file holds a signature that no field shows any more: removed or replaced. Ask for the original.",
    ),
    Reason.STRUCTURE_DAMAGED: Sentence(
        "文件带有签名，但其结构已损坏、被改动或不受支持，无法确认签章，请索取原件。",
        "The file carries a signature, but its structure is damaged, changed or unsupported, so that the signature"
        " cannot be confirmed. Ask for the original.",
    ),
    Reason.NOT_A_PDF: Sentence(
        "这不是可以读取的 PDF 文件，请上传完整的 PDF 原件。",
        "This is not a PDF that can be read: upload the complete original PDF.",
    ),
    Reason.NO_SIGNATURE: Sentence(
        "文件中没有电子签名，无法确认由谁出具。打印件的扫描件请扫二维码查验。",
        "There is no electronic signature in this file, so nobody vouches for it. For a printed copy scan its QR code.",
    ),
    Reason.ENCRYPTED: Sentence(
        "文件已加密，无法核验，请上传未加密的原件。",
        "The file is encrypted and cannot be validated: upload the original without encryption.",
    ),
    Reason.TOO_LARGE: Sentence(
        "文件过大，未予核验，请上传原件或改用查验码。",
        "The file is too large and was not validated: upload the original, or use the check code.",
    ),
    Reason.TOO_COMPLEX: Sentence(
        "文件结构异常复杂，已停止核验，请勿采信，请索取原件。",
        "The file is abnormally complex and validation was stopped. Do not rely on it; ask for the original.",
    ),
    Reason.VALIDATION_TIMEOUT: Sentence(
        "核验超时，已停止。请稍后再试；若仍如此，请索取原件。",
        "Validation took too long and was stopped. Try again later; if it stays so, ask for the original.",
    ),
    Reason.SIGNER_UNKNOWN: Sentence(
        "签名完整，但签发者不在信任名单中。",
        "Signature intact, signer not known to us.",
    ),
    Reason.SIGNER_REVOKED: Sentence(
        "签名完整，但签署者的数字证书已被吊销，请勿采信。",
        "Signature intact, but the signer's cert is revoked: do not rely on it.",
    ),
    Reason.SIGNER_EXPIRED: Sentence(
        "签名完整，但签署者的数字证书已过期，且没有可信时间证明签名当时证书仍有效。",
        "Signature intact, but the signer's cert has expired and nothing proves that it was signed before.",
    ),
    Reason.SIGNER_NOT_YET_VALID: Sentence(
        "签名完整，但签署者的数字证书在签名时尚未生效。",
        "Signature intact, but the signer's cert was not valid yet when it was signed.",
    ),
    Reason.KEY_USAGE_WRONG: Sentence(
        "签名完整，但签署者的数字证书不是用于签署文件的。",
        "Signature intact, but the signer's cert is not meant for signing documents.",
    ),
    Reason.ALGORITHM_REFUSED: Sentence(
        "签名所用的算法或密钥长度已不安全，不予认可。",
        "The signature uses an algorithm or key length that is no longer safe, and is not accepted.",
    ),
    Reason.REVOCATION_UNKNOWN: Sentence(
        "签名完整，但签署者证书的吊销状态没有足够新的依据，请稍后再验。",
        "Signature intact, but whether the signer's cert is revoked cannot be told from fresh data: try again later.",
    ),
    Reason.TIME_NOT_PROVEN: Sentence(
        "签名完整，但其时间戳不能确认。",
        "Signature intact, but its timestamp cannot be confirmed.",
    ),
    Reason.SIGNER_NOT_ACCEPTED: Sentence(
        "签名完整，但签署者的证书链不符合要求。",
        "Signature intact, but the signer's cert chain does not meet the rules.",
    ),
    Reason.SIGNATURE_UNSUPPORTED: Sentence(
        "文件中有本平台不能核验的签名类型，请用其签发方的工具核验。",
        "The file holds a kind of signature that cannot be validated here: use its issuer's own tool.",
    ),
}
