"""Every setting, once, with its meaning.

A setting is read from the environment (``SIGNING_`` before its name) or from a ``.env`` file. The defaults are
the embedded default: one process, SQLite, files, development keys. In production development keys are refused.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

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
    templates: Path = Field(default=ROOT / "templates", description="the folder of document templates")
    certs: Path = Field(default=ROOT / "certs", description="the folder of pki.toml and trust_anchors")
    max_upload_mb: int = Field(default=20, ge=1, description="largest PDF the portal validates, in megabytes")
    validation_seconds: float = Field(
        default=10.0, gt=0, description="longest a file may be validated before its process is ended"
    )

    code_key: str = Field(
        default="soft:licence-code", description="the key, ECDSA P-256, that signs the code in a licence's QR"
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
    def trust_anchors(self) -> Path:
        return self.certs / "trust_anchors"

    @property
    def licence_keys(self) -> Path:
        """The public keys that codes are checked with; in production the operator puts the file beside the certs."""
        folder = self.certs if self.environment is Environment.PRODUCTION else self.pki
        return folder / "licence-keys.json"
