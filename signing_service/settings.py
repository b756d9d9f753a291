"""Every setting, once, with its meaning.

A setting is read from the environment (``SIGNING_`` before its name) or from a ``.env`` file. The defaults are
the embedded default: one process, SQLite, files, development keys. In production development keys are refused.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Environment(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SIGNING_", env_file=".env", extra="ignore", frozen=True)

    environment: Environment = Field(
        default=Environment.DEVELOPMENT, description="development or production; production refuses development keys"
    )
    var: Path = Field(default=ROOT / "var", description="the folder that holds everything generated")
    database_url: str = Field(
        default="", description="SQLAlchemy address of the database; empty: SQLite in WAL mode below var"
    )
    blobs_url: str = Field(
        default="", description="where documents are kept: empty: files below var; s3://bucket?endpoint=http://…"
    )
    broker_url: str = Field(
        default="memory://", description="Celery broker; memory:// runs the worker inside the serving process"
    )
    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=8000, ge=1, le=65535, description="port to listen on")
    public_origin: str = Field(
        default="https://verify.signing-service.example",
        description="the https origin that the QR on every document names; its /v/<code> is the portal",
    )
    platform_origin: str = Field(
        default="",
        description="the https origin of the platforms' pages, where people log in; empty: the address that was opened",
    )
    session_idle_minutes: int = Field(default=30, ge=1, description="a session ends when it was not used for so long")
    session_hours: int = Field(default=12, ge=1, description="a session ends after so long, in use or not")
    staff_second_factor: bool = Field(
        default=True, description="whether an officer has to set up an authenticator or a passkey before anything else"
    )
    biometrics_consent: str = Field(
        default="2026-01", description="version of the notice on biometrics that people agree to at a window"
    )
    templates: Path = Field(default=ROOT / "templates", description="the folder of document templates")
    certs: Path = Field(default=ROOT / "certs", description="the folder of pki.toml and trust_anchors")
    max_upload_mb: int = Field(default=20, ge=1, description="largest PDF the portal validates, in megabytes")
    validation_seconds: float = Field(
        default=10.0, gt=0, description="longest a file may be validated before its process is ended"
    )
    qualification_standards: Literal["warn", "block"] = Field(
        default="warn",
        description="whether an application for a qualification that falls short of the standard is told so on its form "
        "(warn), or cannot be sent (block); figures that are only assumed never refuse",
    )
    qualification_figures: str = Field(
        default="",
        description="a TOML file with the standard's figures that differ from ours: a table for each category and grade "
        '(["G03/2"]) with net_assets, constructors, titled, workers, achievements; empty: ours alone',
    )
    tsa_urls: str = Field(
        default="",
        description="time-stamping authorities (RFC 3161), comma-separated, asked in this order; "
        "empty: the embedded one, which production refuses",
    )
    trust_seconds: float = Field(
        default=5.0, gt=0, description="longest to wait for one answer of a TSA, an OCSP responder or a CRL server"
    )
    revocation_hosts: str = Field(
        default="",
        description="hosts that may be asked for OCSP and CRLs, comma-separated; "
        "empty: those named in certs that lead to our trust anchors",
    )
    revocation_cache_seconds: float = Field(
        default=300.0, ge=0, description="longest that an OCSP answer or CRL of another CA is used again"
    )
    extend_undecided_renewals: bool = Field(
        default=False,
        description="whether a special-operation renewal that was filed in time and not decided when the licence ends "
        "is extended by itself (deemed passed); otherwise there is an alarm alone",
    )
    permit_start_reminders: str = Field(
        default="30,7,1",
        pattern=r"^\d+(, ?\d+)*$",
        description="days before the last day to begin on which a developer is reminded that a construction permit lapses",
    )
    fire_draw_general_percent: int = Field(
        default=5, ge=1, le=100, description="percent of ordinary fire filings (一般项目) that are drawn for a check"
    )
    fire_draw_key_percent: int = Field(
        default=20,
        ge=1,
        le=100,
        description="percent of fire filings of key projects (重点项目) that are drawn for a check",
    )
    code_key: str = Field(
        default="soft:licence-code", description="the key, ECDSA P-256, that signs the code in a licence's QR"
    )
    portal_key: str = Field(
        default="soft:portal", description="the key that seals the portal's validation reports; the portal has it not"
    )
    report_service: str = Field(
        default="",
        description="address of signing-service report-service, asked by a portal for sealed reports; "
        "empty: run and serve with memory:// seal in the same process, others offer no sealed report",
    )
    report_token_file: Path = Field(
        default=ROOT / "var" / "secrets" / "report-token",
        description="file that holds the bearer token that portal and report service share",
    )
    report_seconds: float = Field(default=30.0, gt=0, description="longest the report service may take for one report")
    pkcs11_module: str = Field(
        default="", description="PKCS#11 library of the HSM or token whose keys are named pkcs11:<label>; empty: none"
    )
    pkcs11_token: str = Field(default="", description="label of the token in it")
    pkcs11_pin_file: Path = Field(
        default=ROOT / "var" / "secrets" / "pkcs11-pin", description="file that holds the token's PIN"
    )
    pkcs11_certs: Path = Field(
        default=ROOT / "certs" / "pkcs11",
        description="folder of <label>.pem, the cert and chain of a token key whose token has none, and <label>.toml",
    )
    pkcs11_sessions: int = Field(default=8, ge=1, description="signatures the token makes at once, in one process")
    csc_address: str = Field(
        default="", description="key service (CSC API) whose keys are named remote:<label>, before /csc/; empty: none"
    )
    csc_version: Literal["v1", "v2"] = Field(default="v1", description="the version it speaks: v1 (1.0.4) or v2")
    csc_credentials: dict[str, str] = Field(
        default={}, description='its credential IDs by label, as JSON: {"authority": "cred-17"}; empty: label = ID'
    )
    csc_token_file: Path = Field(
        default=ROOT / "var" / "secrets" / "csc-token", description="file that holds its bearer token"
    )
    csc_pin_file: Path = Field(
        default=ROOT / "var" / "secrets" / "csc-pin", description="file that holds the PIN of its credentials"
    )
    csc_seconds: float = Field(default=10.0, gt=0, description="longest the key service may take for one answer")
    key_service_config: Path = Field(
        default=ROOT / "certs" / "key_service.toml",
        description="clients and credentials of our own key service (signing-service key-service)",
    )

    gateway_seconds: float = Field(
        default=10.0, gt=0, description="longest a system outside (mail, SMS, WeChat, real names) may take to answer"
    )
    mail_server: str = Field(
        default="",
        description="host:port that takes mail; off: no mail is sent; "
        "empty: the embedded mailbox, which production refuses",
    )
    mail_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="starttls, tls from the start (port 465), or none"
    )
    mail_user: str = Field(default="", description="account on the mail server; empty: without log-in")
    mail_password_file: Path = Field(
        default=ROOT / "var" / "secrets" / "mail-password", description="file that holds its password"
    )
    mail_from: str = Field(default="noreply@signing-service.example", description="address that mail comes from")
    mail_from_name: str = Field(default="住建一体化平台", description="name that mail comes from")
    mail_ca: str = Field(default="", description="PEM of the CA of the mail server's cert; empty: those of the system")
    sms_address: str = Field(
        default="",
        description="SMS provider (Alibaba Cloud Dysmsapi), such as https://dysmsapi.aliyuncs.com; off: none; "
        "empty: the embedded one, which production refuses",
    )
    sms_access_key: str = Field(default="", description="AccessKey ID of the account there")
    sms_secret_file: Path = Field(
        default=ROOT / "var" / "secrets" / "sms-secret", description="file that holds its AccessKey secret"
    )
    sms_sign_name: str = Field(default="住建一体化平台", description="approved name in 【】 before every text message")
    sms_templates: dict[str, str] = Field(
        default={},
        description='approved template codes by event, as JSON: {"code": "SMS_154950909"}; empty: SMS_CODE and so on',
    )
    wechat_address: str = Field(
        default="",
        description="WeChat's server API, https://api.weixin.qq.com; off: none; "
        "empty: the embedded one, which production refuses",
    )
    wechat_authorize_address: str = Field(
        default="https://open.weixin.qq.com/connect/oauth2/authorize",
        description="where a person's browser is sent to authorise; the embedded WeChat has its own",
    )
    wechat_app_id: str = Field(default="", description="AppID of the official account")
    wechat_secret_file: Path = Field(
        default=ROOT / "var" / "secrets" / "wechat-secret", description="file that holds its AppSecret"
    )
    wechat_templates: dict[str, str] = Field(
        default={}, description='template IDs by event, as JSON: {"todo_opened": "ngqIpbwh8bUf…"}; empty: the event'
    )
    real_name_address: str = Field(
        default="",
        description="register of ID numbers, names and faces; off: none; "
        "empty: the embedded one, which production refuses",
    )
    real_name_client: str = Field(default="", description="our name there")
    real_name_secret_file: Path = Field(
        default=ROOT / "var" / "secrets" / "real-name-secret", description="file that holds the secret shared with it"
    )
    real_name_threshold: float = Field(
        default=80.0, ge=0, le=100, description="a face that scores less, of 100, is not the person's"
    )
    trading_address: str = Field(
        default="",
        description="公共资源交易中心, where tenders are registered; off: none; "
        "empty: the embedded one, which production refuses",
    )
    trading_client: str = Field(default="", description="our name there")
    trading_secret_file: Path = Field(
        default=ROOT / "var" / "secrets" / "trading-secret", description="file that holds the secret shared with it"
    )
    national_address: str = Field(
        default="",
        description="国家电子证照归集平台, which is told of licences and their states; off: none; "
        "empty: the embedded one, which production refuses",
    )
    national_client: str = Field(default="", description="our client_id there")
    national_secret_file: Path = Field(
        default=ROOT / "var" / "secrets" / "national-secret", description="file that holds our client_secret there"
    )
    outside_port: int = Field(
        default=0,
        ge=0,
        le=65535,
        description="port on 127.0.0.1 of the embedded SMS, WeChat and register; 0: a free one",
    )
    outside_mail_port: int = Field(
        default=0, ge=0, le=65535, description="port on 127.0.0.1 of the embedded mailbox (SMTP); 0: a free one"
    )

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.var / 'signing-service.sqlite3'}"

    @property
    def blobs(self) -> str:
        return self.blobs_url or (self.var / "blobs").as_uri()

    @property
    def fonts(self) -> Path:
        return self.var / "fonts"

    @property
    def pki(self) -> Path:
        return self.var / "pki"

    @property
    def account_secret(self) -> Path:
        return self.var / "secrets" / "accounts"

    @property
    def ticket_key(self) -> Path:
        return self.var / "tickets" / "key.pem"

    @property
    def signals(self) -> Path:
        """Where the portal writes down what looks like a forgery."""
        return self.var / "radar"

    @property
    def trust_anchors(self) -> Path:
        return self.certs / "trust_anchors"

    @property
    def licence_keys(self) -> Path:
        """The public keys that codes are checked with; in production the operator puts the file beside the certs."""
        folder = self.certs if self.environment is Environment.PRODUCTION else self.pki
        return folder / "licence-keys.json"

    @property
    def crls(self) -> Path:
        """Lists of revoked certs of other CAs, put there by the operator."""
        return self.certs / "crls"

    @property
    def fire_draw_ratios(self) -> dict[str, int]:
        """By category; a draw keeps those with which its list was closed."""
        return {"general": self.fire_draw_general_percent, "key": self.fire_draw_key_percent}

    @property
    def days_before_start(self) -> tuple[int, ...]:
        return tuple(int(days) for days in _listed(self.permit_start_reminders))

    @property
    def tsa_addresses(self) -> tuple[str, ...]:
        return _listed(self.tsa_urls)

    @property
    def revocation_host_names(self) -> frozenset[str]:
        return frozenset(name.lower() for name in _listed(self.revocation_hosts))


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
