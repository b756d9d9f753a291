"""Who may stand above whom in a chain: the signature is right, and the one above is a CA (RFC 5280, 6.1.4 k to n).

Without the second question everybody who has a cert could issue further ones.
"""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm


def issued(above: x509.Certificate, below: x509.Certificate) -> bool:
    """Whether ``above`` has signed ``below``, by name and signature. Enough for an anchor, which is believed anyway."""
    try:
        below.verify_directly_issued_by(above)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def issued_as_ca(above: x509.Certificate, below: x509.Certificate, cas_below: int) -> bool:
    """The same of a CA under an anchor, with ``cas_below`` CAs already between it and the end of the chain."""
    return _may_issue(above, cas_below) and issued(above, below)


def _may_issue(cert: x509.Certificate, cas_below: int) -> bool:
    try:
        basic = cert.extensions.get_extension_for_class(x509.BasicConstraints).value
        if not basic.ca or (basic.path_length is not None and cas_below > basic.path_length):
            return False
        return cert.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        # RFC 5280, 4.2.1.3 and 4.2.1.9: a CA's cert has both
        return False
