"""The fields of a form: the page, the PDF and the API's schema all come from here (domain text, §2 and §18.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum


class FieldType(StrEnum):
    NAME = "name"
    ID_NO = "id_no"
    USCC = "uscc"
    MOBILE = "mobile"
    PHONE = "phone"
    """Mobile or landline."""
    EMAIL = "email"
    DATE = "date"
    TEXT = "text"
    LONG_TEXT = "long_text"
    SIGNATURE = "signature"
    """A name written by hand on the screen, as strokes (``workflows/handwriting.py``)."""
    INTEGER = "integer"
    DECIMAL = "decimal"
    MONEY = "money"
    """万元, six places at most."""
    REGION = "region"
    COUNTY = "county"
    """A region at county level, as projects need it."""
    LICENCE_NO = "licence_no"
    INVESTMENT_CODE = "investment_code"
    """投资项目统一代码."""
    SAFETY_PERMIT_NO = "safety_permit_no"
    """安全生产许可证编号, in whatever brackets it is typed."""
    BLOB = "blob"
    """SHA-256 of an uploaded file that the store holds."""
    CHOICE = "choice"
    """A code of the field's dictionary; its text is stored beside it as ``<key>_name``."""
    CHOICES = "choices"
    """Several codes; their texts are stored beside them as ``<key>_names``, joined by 、."""
    STATEMENT = "statement"
    """A promise in the field's hint, which has to be made: true or refused."""
    ENTERPRISE = "enterprise"
    """USCC of an enterprise that has been taken in (入库), picked from the list."""
    FILE = "file"
    """One attachment: {name, sha256, pages, size}. Listed on the form with the label as its name."""
    ATTACHMENTS = "attachments"
    """List of {name, sha256, pages}."""
    ROWS = "rows"
    """A list of groups, each with the fields of ``rows``."""


class Prefill(StrEnum):
    """What the platform knows already; it stands in the field when the form is opened, and may be changed."""

    LICENCE = "licence"
    """Number of the licence that the holder began with."""
    LICENCE_EMPLOYER = "licence_employer"
    EMPLOYER = "employer"
    """Of the holder's employment that is in force."""
    POST = "post"
    EMPLOYED_SINCE = "employed_since"
    """Both of the same employment."""
    MOBILE = "mobile"
    NAME = "name"
    ID_NO = "id_no"
    USCC = "uscc"


@dataclass(frozen=True, slots=True)
class Field:
    key: str
    label: str
    label_en: str
    type: FieldType
    required: bool = True
    choices: Mapping[str, str] = field(default_factory=dict)
    hint: str = ""
    hint_en: str = ""
    prefill: Prefill | None = None
    visible_if: tuple[str, tuple[str, ...]] | None = None
    """Another field and the values of it with which this one is asked; otherwise it is neither shown nor kept."""
    rows: tuple[Field, ...] = ()
    least: Decimal | int | None = None
    """Of a number; of ROWS, ATTACHMENTS and CHOICES how many."""
    most: Decimal | int | None = None
    not_before: str | None = None
    """Key of another date, or ``today``."""
    not_after: str | None = None
    """Key of another date, or ``today``."""
    for_officers: bool = False
    """Of a step's form: shown to officers alone, as who objects to an application is not told to who applied."""


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    fields: tuple[Field, ...]
    title_en: str = ""
