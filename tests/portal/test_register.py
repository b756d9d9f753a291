"""What may be public, as the register's own type refuses the rest."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date

import pytest

from signing_service.domain.register import PublicDocument, PublicSeal, RegisterStatus
from signing_service.domain.verdicts import Sentence
from tests.portal.samples import DOCUMENTS, FORM, LICENCE, SINCE


def test_the_public_fields_are_these_and_no_others() -> None:
    assert {field.name for field in fields(PublicDocument)} == {
        "kind",
        "title",
        "number",
        "status",
        "status_since",
        "holder",
        "holder_id_last4",
        "organisation",
        "categories",
        "works",
        "issuer",
        "issued_on",
        "valid_from",
        "valid_until",
        "superseded",
        "file_sha256",
        "seals",
        "form_version",
        "stage",
        "copy",
        "replaced_by",
    }
    assert {field.name for field in fields(PublicSeal)} == {"role", "signer", "at", "proven"}


@pytest.mark.parametrize("holder", ["王小明", "王小*", "**", "王", ""])
def test_a_persons_name_that_is_not_masked_to_its_first_character_is_refused(holder: str) -> None:
    with pytest.raises(ValueError, match="first character"):
        replace(LICENCE, holder=holder)


@pytest.mark.parametrize("holder", ["王*", "王**", "欧**"])
def test_a_masked_name_is_taken(holder: str) -> None:
    assert replace(LICENCE, holder=holder).holder == holder


def test_an_organisation_is_shown_by_its_whole_name() -> None:
    assert replace(LICENCE, holder="江西滕王阁建设有限公司", holder_id_last4="").holder == "江西滕王阁建设有限公司"


def test_more_than_the_last_four_of_an_identity_number_is_refused() -> None:
    with pytest.raises(ValueError, match="last four"):
        replace(LICENCE, holder_id_last4="70014")


@pytest.mark.parametrize("signer", ["王** 360102199003070014", "王** 36010219900307009X", "王** 13900001234"])
def test_an_identity_or_mobile_number_inside_a_name_is_refused(signer: str) -> None:
    with pytest.raises(ValueError, match="identity or mobile"):
        replace(LICENCE, seals=(PublicSeal(Sentence("本人", "Holder"), signer, None, False),))
    with pytest.raises(ValueError, match="identity or mobile"):
        replace(LICENCE, organisation=signer)


def test_a_form_is_never_in_force_and_a_licence_never_in_progress() -> None:
    with pytest.raises(ValueError, match="never"):
        replace(FORM, status=RegisterStatus.IN_FORCE)
    with pytest.raises(ValueError, match="never"):
        replace(LICENCE, status=RegisterStatus.IN_PROGRESS)


def test_json_carries_dates_as_iso_text() -> None:
    document = LICENCE.to_json()
    assert document["valid_until"] == "2029-02-28"
    assert document["seals"][0]["at"] == "2023-03-01T01:12:00+00:00"
    assert document["categories"] == [{"zh": "建筑起重机械司机（塔式起重机）", "en": "Tower crane operator"}]


NO_END = DOCUMENTS["no_end"]
LAPSED_ON = date(2027, 3, 1)


def test_a_licence_in_force_has_no_end_and_one_that_ran_out_on_its_last_day_none_besides_it() -> None:
    assert LICENCE.end is None
    assert DOCUMENTS["expired"].end is None
    assert NO_END.to_json()["end"] is None
    assert DOCUMENTS["form_void"].end is None


def test_what_lost_its_force_by_itself_without_a_last_day_says_when_and_why() -> None:
    lapsed = replace(NO_END, status=RegisterStatus.EXPIRED, status_since=LAPSED_ON)
    assert lapsed.has_lapsed
    assert lapsed.to_json()["end"]["on"] == "2027-03-01"
    assert "自行废止" in lapsed.to_json()["end"]["why"]["zh"]


@pytest.mark.parametrize("name", ["cancelled", "annulled", "forfeited", "superseded", "transferred", "completed"])
def test_whatever_ended_before_its_last_day_says_when_and_why(name: str) -> None:
    end = DOCUMENTS[name].end
    assert end is not None
    assert (end.on, bool(end.why.zh), bool(end.why.en)) == (SINCE, True, True)
