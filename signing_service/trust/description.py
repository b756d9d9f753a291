"""Who is to have a key: the PKI as its operator writes it down in ``pki.toml``.

One CA without issuer is the root; every other CA stands directly under it; every key stands under a CA that is
not the root. A description that cannot be carried out is refused whole, before any key is made.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyAlgorithm

ROOT = "root"
"""The name of the CA that is the trust anchor."""

LABEL = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
"""Labels are file names and go into logs: lower case, and never a personal ID number."""

_ALGORITHMS = {
    "ecdsa-p256": KeyAlgorithm.ECDSA_P256,
    "ecdsa-p384": KeyAlgorithm.ECDSA_P384,
    "rsa-2048": KeyAlgorithm.RSA_2048,
    "rsa-3072": KeyAlgorithm.RSA_3072,
    "rsa-2048-pss": KeyAlgorithm.RSA_2048_PSS,
    "rsa-3072-pss": KeyAlgorithm.RSA_3072_PSS,
    "ed25519": KeyAlgorithm.ED25519,
}
_PERSONAL_ID = re.compile(r"(^|-)\d{17}[\dx]($|-)")


class Profile(StrEnum):
    """What a cert is good for; ``issue.issue_cert`` turns it into extensions."""

    ROOT = "root"
    CA = "ca"
    SEAL = "seal"
    """Seals and signatures of legal and natural persons."""
    TSA = "tsa"
    OCSP = "ocsp"


@dataclass(frozen=True, slots=True)
class CaDescription:
    name: str
    common_name: str

    @property
    def profile(self) -> Profile:
        return Profile.ROOT if self.name == ROOT else Profile.CA


@dataclass(frozen=True, slots=True)
class KeyDescription:
    """A holder and its key. A legal person has ``organisation`` (and ``uscc``), a natural one ``id_number``."""

    label: str
    profile: Profile
    issuer: str
    algorithm: KeyAlgorithm
    common_name: str
    organisation: str
    uscc: str
    id_number: str


@dataclass(frozen=True, slots=True)
class PkiDescription:
    policy: str
    """OID in every cert's certificatePolicies; the development one is what production refuses."""
    organisation: str
    publish: str
    """Base address of CRLs, OCSP and CA certs; empty: certs name none."""
    years: Mapping[Profile, int]
    cas: tuple[CaDescription, ...]
    """The root first."""
    keys: tuple[KeyDescription, ...]


def read_description(path: Path) -> PkiDescription:
    """The description in a TOML file. Raises Problem PKI_DESCRIPTION, which names the entry and what it lacks."""
    try:
        return _description(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = f"缺少 {error}" if isinstance(error, KeyError) else str(error)
        raise Problem(
            "PKI_DESCRIPTION",
            f"开发 PKI 描述文件 {path.name} 有误，请更正后重试：{reason}",
            f"The PKI description {path.name} cannot be carried out; correct it and start again: {error!r}",
            status=500,
        ) from error


def _description(table: Mapping[str, Any]) -> PkiDescription:
    cas = tuple(CaDescription(name, entry["name"]) for name, entry in sorted(table["ca"].items(), key=_root_first))
    names = {ca.name for ca in cas}
    if ROOT not in names:
        raise ValueError("[ca.root] is missing")
    return PkiDescription(
        policy=table["policy"],
        organisation=table["organisation"],
        publish=table.get("publish", "").rstrip("/"),
        years={profile: int(table["years"][profile]) for profile in Profile},
        cas=cas,
        keys=tuple(_keys(table.get("key", {}), names - {ROOT})),
    )


def _root_first(item: tuple[str, Any]) -> bool:
    return item[0] != ROOT


def _keys(entries: Mapping[str, Any], issuers: set[str]) -> Iterator[KeyDescription]:
    for label, entry in entries.items():
        if not LABEL.fullmatch(label):
            raise ValueError(f"[key.{label}]: a label has a-z, 0-9 and single hyphens only")
        if label.startswith("person-") and _PERSONAL_ID.search(label):
            raise ValueError("a label of a person must not carry the ID number")
        yield _key(label, entry, issuers)


def _key(label: str, entry: Mapping[str, Any], issuers: set[str]) -> KeyDescription:
    if entry["issuer"] not in issuers:
        raise ValueError(f"[key.{label}]: issuer {entry['issuer']!r} is none of {sorted(issuers)}")
    if entry["algorithm"] not in _ALGORITHMS:
        raise ValueError(f"[key.{label}]: algorithm {entry['algorithm']!r} is none of {sorted(_ALGORITHMS)}")
    profile = Profile(entry.get("profile", Profile.SEAL))
    if profile in (Profile.ROOT, Profile.CA):
        raise ValueError(f"[key.{label}]: a CA is written [ca.{label}]")
    organisation = entry.get("organisation", "")
    common_name = entry.get("name", organisation)
    if not common_name:
        raise ValueError(f"[key.{label}]: neither name nor organisation")
    return KeyDescription(
        label=label,
        profile=profile,
        issuer=entry["issuer"],
        algorithm=_ALGORITHMS[entry["algorithm"]],
        common_name=common_name,
        organisation=organisation,
        uscc=entry.get("uscc", ""),
        id_number=entry.get("id_number", ""),
    )
