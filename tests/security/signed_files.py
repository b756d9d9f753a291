"""Signed files and the throw-away PKI behind them, made with pyHanko and cryptography and nothing of ours."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pikepdf
from asn1crypto import crl as asn1_crl
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID, ObjectIdentifier
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
LATER_THAN_ALL_CERTS = datetime(2040, 1, 1, tzinfo=UTC)
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Holder:
    """A key and its cert."""

    key: PrivateKey
    cert: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.cert.public_bytes(serialization.Encoding.DER)

    @property
    def sha256(self) -> str:
        return self.cert.fingerprint(hashes.SHA256()).hex()

    @property
    def asn1_cert(self) -> asn1_x509.Certificate:
        return asn1_x509.Certificate.load(self.der)

    @property
    def asn1_key(self) -> asn1_keys.PrivateKeyInfo:
        return asn1_keys.PrivateKeyInfo.load(
            self.key.private_bytes(
                serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )


def new_key(*, rsa_bits: int = 0) -> PrivateKey:
    return rsa.generate_private_key(65537, rsa_bits) if rsa_bits else ec.generate_private_key(ec.SECP256R1())


def issue(
    name: str,
    issuer: Holder | None,
    *,
    organisation: str = "示例市住房和城乡建设局",
    key: PrivateKey | None = None,
    ca: bool = False,
    commits: bool = True,
    extended: Sequence[ObjectIdentifier] = (),
    since: datetime = NOW - timedelta(days=30),
    until: datetime = NOW + timedelta(days=365),
    names_server: str = "",
) -> Holder:
    """A cert; without ``issuer`` self-signed. ``names_server`` is written into AIA and CRL distribution points."""
    key = key or new_key()
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    signing_key = issuer.key if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.cert.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not ca,
                content_commitment=commits and not ca,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=ca,
                crl_sign=ca,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
    )
    if extended:
        builder = builder.add_extension(x509.ExtendedKeyUsage(extended), critical=True)
    if names_server:
        address = x509.UniformResourceIdentifier
        builder = builder.add_extension(
            x509.AuthorityInformationAccess(
                [
                    x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, address(f"{names_server}/ca.cer")),
                    x509.AccessDescription(AuthorityInformationAccessOID.OCSP, address(f"{names_server}/ocsp")),
                ]
            ),
            critical=False,
        ).add_extension(
            x509.CRLDistributionPoints([x509.DistributionPoint([address(f"{names_server}/ca.crl")], None, None, None)]),
            critical=False,
        )
    return Holder(key, builder.sign(signing_key, hashes.SHA256()))


def revocation_list(
    ca: Holder,
    revoked: Sequence[Holder] = (),
    *,
    since: datetime = NOW - timedelta(hours=1),
    until: datetime = NOW + timedelta(days=1),
    revoked_at: datetime = NOW - timedelta(days=2),
) -> bytes:
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(ca.cert.subject)
        .last_update(since)
        .next_update(until)
        .add_extension(x509.CRLNumber(7), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.key.public_key()), critical=False)
    )
    for holder in revoked:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder()
            .serial_number(holder.cert.serial_number)
            .revocation_date(revoked_at)
            .build()
        )
    return builder.sign(ca.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


@dataclass(frozen=True)
class Pki:
    """One root, one CA below it, an employer, an authority, and a time-stamping authority."""

    root: Holder
    ca: Holder
    employer: Holder
    authority: Holder
    tsa: Holder

    @property
    def anchors(self) -> tuple[bytes, ...]:
        return (self.root.der,)

    def timestamper(self, at: datetime = NOW) -> DummyTimeStamper:
        return DummyTimeStamper(self.tsa.asn1_cert, self.tsa.asn1_key, certs_to_embed=store(self.ca), fixed_dt=at)

    @classmethod
    def make(cls, names_server: str = "") -> Pki:
        root = issue("试验根 CA", None, ca=True, until=NOW + timedelta(days=7300))
        ca = issue("试验签章 CA", root, ca=True, until=NOW + timedelta(days=3650), names_server=names_server)
        return cls(
            root,
            ca,
            issue("示例建设集团有限公司", ca, organisation="示例建设集团有限公司", names_server=names_server),
            issue("行政审批专用章", ca, names_server=names_server),
            issue(
                "试验时间戳",
                ca,
                key=new_key(rsa_bits=2048),
                extended=[ExtendedKeyUsageOID.TIME_STAMPING],
                until=NOW + timedelta(days=3000),
            ),
        )


def store(*holders: Holder) -> SimpleCertificateStore:
    return SimpleCertificateStore.from_certs([holder.asn1_cert for holder in holders])


def page(text: str = "LICENCE 0001", *, padding: int = 0, compress: bool = True) -> bytes:
    """A one-page PDF, about ``padding`` bytes heavier than nothing."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1, pageCompression=int(compress))
    canvas.drawString(72, 700, text)
    if padding:
        from PIL import Image
        from reportlab.lib.utils import ImageReader

        side = max(int((padding / 3) ** 0.5), 1)
        noise = bytes((index * 7919 + index // 251) % 256 for index in range(side * side * 3))
        canvas.drawImage(ImageReader(Image.frombytes("RGB", (side, side), noise)), 72, 72, 100, 100)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def with_fields(
    base: bytes,
    names: Sequence[str] = ("employer", "authority"),
    box: tuple[int, int, int, int] = (72, 100, 220, 200),
) -> bytes:
    """Every field laid, the last one with a lock over the whole form."""
    left, bottom, right, top = box
    writer = IncrementalPdfFileWriter(io.BytesIO(base))
    for position, name in enumerate(names):
        lock = fields.FieldMDPSpec(fields.FieldMDPAction.ALL) if position == len(names) - 1 else None
        fields.append_signature_field(
            writer,
            fields.SigFieldSpec(
                name,
                box=(left + 200 * position, bottom, right + 200 * position, top),
                field_mdp_spec=lock,
                doc_mdp_update_value=fields.MDPPerm.NO_CHANGES if lock else None,
            ),
        )
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def with_text_field(base: bytes) -> bytes:
    """A signature field, and a field with an amount that somebody might like to be another."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(with_fields(base, ["Signature1"]))) as pdf:
        for key in ("/Lock",):
            del pdf.Root.AcroForm.Fields[0][key]
        amount = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot,
                Subtype=pikepdf.Name.Widget,
                FT=pikepdf.Name.Tx,
                T=pikepdf.String("amount"),
                V=pikepdf.String("100"),
                Rect=pikepdf.Array([72, 500, 200, 520]),
            )
        )
        pdf.Root.AcroForm.Fields.append(amount)
        pdf.pages[0].obj.Annots.append(amount)
        pdf.save(out)
    return out.getvalue()


def sign(
    base: bytes,
    field: str,
    holder: Holder,
    chain: Sequence[Holder],
    *,
    certify: bool = False,
    permits: fields.MDPPerm = fields.MDPPerm.FILL_FORMS,
    timestamper: DummyTimeStamper | None = None,
    digest: str = "sha256",
    embed: ValidationContext | None = None,
    lta: bool = False,
    subfilter: fields.SigSeedSubFilter = fields.SigSeedSubFilter.PADES,
) -> bytes:
    """Fill a field, as any signing software would."""
    signer = signers.SimpleSigner(
        signing_cert=holder.asn1_cert, signing_key=holder.asn1_key, cert_registry=store(*chain), embed_roots=False
    )
    metadata = signers.PdfSignatureMetadata(
        field_name=field,
        md_algorithm=digest,
        subfilter=subfilter,
        certify=certify,
        docmdp_permissions=permits,
        validation_context=embed,
        embed_validation_info=embed is not None,
        use_pades_lta=lta,
    )
    pdf_signer = signers.PdfSigner(metadata, signer, timestamper=timestamper)
    out = io.BytesIO()
    asyncio.run(pdf_signer.async_sign_pdf(IncrementalPdfFileWriter(io.BytesIO(base)), output=out))
    return out.getvalue()


def context(pki: Pki, *, crls: Sequence[bytes] = (), at: datetime | None = None) -> ValidationContext:
    """What a signer embeds its validation data from."""
    return ValidationContext(
        trust_roots=[pki.root.asn1_cert],
        other_certs=[pki.ca.asn1_cert],
        crls=[asn1_crl.CertificateList.load(der) for der in crls],
        allow_fetching=False,
        revocation_mode="hard-fail" if crls else "soft-fail",
        moment=at,
    )


def one_seal(pki: Pki, base: bytes | None = None, *, timestamped: bool = True) -> bytes:
    return sign(
        with_fields(base or page(), ["authority"]),
        "authority",
        pki.authority,
        [pki.ca],
        certify=True,
        timestamper=pki.timestamper() if timestamped else None,
    )


def two_seals(pki: Pki, base: bytes | None = None, *, timestamped: bool = True) -> bytes:
    """The employer certifies with P=2, the authority closes: the shape of our own documents."""
    stamper = pki.timestamper() if timestamped else None
    first = sign(with_fields(base or page()), "employer", pki.employer, [pki.ca], certify=True, timestamper=stamper)
    return sign(first, "authority", pki.authority, [pki.ca], timestamper=stamper)
