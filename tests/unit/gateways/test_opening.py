"""Which systems stand outside: those of the settings; none is made up in production."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from signing_service.domain.errors import Problem
from signing_service.gateways.opening import Accesses, named, open_gateways
from signing_service.outside.running import standing_in
from signing_service.settings import Settings
from tests.outside import Clock

OFF = dict.fromkeys(
    ("mail_server", "sms_address", "wechat_address", "real_name_address", "trading_address", "national_address"), "off"
)


def settings(folder: Path, **given: object) -> Settings:
    return Settings(_env_file=None, var=folder, **given)  # type: ignore[arg-type]


def started_with(given: Settings) -> str:
    with pytest.raises(Problem) as refused, standing_in(given, Clock()):
        pass
    return refused.value.code


@pytest.mark.parametrize("left_open", sorted(OFF))
def test_production_refuses_every_single_stand_in(tmp_path: Path, left_open: str) -> None:
    rest = {name: value for name, value in OFF.items() if name != left_open}
    assert started_with(settings(tmp_path, environment="production", **rest)) == "GATEWAY_NOT_CONFIGURED"


def test_production_starts_when_every_system_is_named_or_off(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n", encoding="utf-8")
    given = {**OFF, "sms_address": "https://sms.example", "sms_secret_file": secret, "sms_access_key": "LTAI"}
    with standing_in(settings(tmp_path, environment="production", **given), Clock()) as addresses:
        assert addresses.stand_ins is None
        assert addresses.accesses.sms is not None
        assert addresses.accesses.sms.secret == "s3cret"
        assert (addresses.accesses.mail, addresses.accesses.wechat) == (None, None)


def test_production_sends_nothing_without_tls(tmp_path: Path) -> None:
    given = {**OFF, "sms_address": "http://sms.example"}
    assert started_with(settings(tmp_path, environment="production", **given)) == "GATEWAY_ADDRESS"


def test_what_the_settings_name_is_not_stood_in_for(tmp_path: Path) -> None:
    with standing_in(settings(tmp_path, mail_server="smtp.example:25", wechat_address="off"), Clock()) as addresses:
        mail, sms = addresses.accesses.mail, addresses.accesses.sms
        assert mail is not None
        assert (mail.host, mail.port, mail.security, mail.password) == ("smtp.example", 25, "starttls", "")
        assert sms is not None
        assert sms.address.startswith("http://127.0.0.1:")
        assert addresses.accesses.wechat is None


@pytest.mark.parametrize("server", ["smtp.example", ":25", "smtp.example:", "smtp.example:mail"])
def test_a_mail_server_without_port_is_told(tmp_path: Path, server: str) -> None:
    assert started_with(settings(tmp_path, mail_server=server)) == "GATEWAY_ADDRESS"


def test_a_secret_that_is_not_there_is_told_and_its_folder_is_not(tmp_path: Path) -> None:
    with pytest.raises(Problem) as refused:
        named(settings(tmp_path, sms_address="https://sms.example", sms_secret_file=tmp_path / "none"))
    assert refused.value.code == "GATEWAY_SECRET"
    assert str(tmp_path) not in refused.value.en


def test_a_system_that_is_off_says_so_when_it_is_asked() -> None:
    gateways = open_gateways(Accesses(), 1.0, Clock())
    for name in ("mail", "sms", "wechat", "real_name", "trading", "national"):
        with pytest.raises(Problem) as refused:
            getattr(gateways, name)
        assert refused.value.code == "GATEWAY_OFF"


def test_who_is_content_without_a_system_that_is_off_gets_none() -> None:
    gateways = open_gateways(Accesses(), 1.0, Clock())
    assert (gateways.wechat_if_used(), gateways.real_name_if_used()) == (None, None)


def test_who_is_content_without_gets_the_same_client_where_there_is_one(tmp_path: Path) -> None:
    with standing_in(settings(tmp_path), Clock()) as addresses:
        gateways = open_gateways(addresses.accesses, 1.0, Clock())
        assert gateways.wechat_if_used() is gateways.wechat
        assert gateways.real_name_if_used() is gateways.real_name


def test_a_port_that_is_taken_is_told_with_its_setting(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert started_with(settings(tmp_path, outside_port=port)) == "OUTSIDE_PORT_TAKEN"
        assert started_with(settings(tmp_path, outside_mail_port=port)) == "OUTSIDE_PORT_TAKEN"


def test_no_secret_is_in_the_repr_of_what_is_known_of_the_outside(tmp_path: Path) -> None:
    with standing_in(settings(tmp_path), Clock()) as addresses:
        known = addresses.accesses
        assert known.mail and known.sms and known.wechat and known.real_name  # noqa: PT018
        shown = repr(known)
        for secret in (known.mail.password, known.sms.secret, known.wechat.secret, known.real_name.secret):
            assert secret not in shown
