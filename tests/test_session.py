"""What is worked out once for all requests of a connection is what each of them would have found."""

import pytest

from rc2graph.errors import SourceError
from rc2graph.rocketchat.address import Address
from rc2graph.rocketchat.client import Client
from rc2graph.rocketchat.credentials import Credentials
from rc2graph.rocketchat.endpoints import INFO, MEMBERS, TEAMS, TEAMS_OF_USER
from rc2graph.rocketchat.session import Session
from tests.faults import Simulator
from tests.source import small_company
from tests.test_client import direct, http, raw_server


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):
    for name in ("https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


def test_every_request_carries_its_own_question_and_nothing_of_the_one_before():
    company = small_company()
    teams = list(company.teams)[:2]
    with Simulator(company) as server:
        client = Client(Address.parse(server.url), Credentials(*server.credentials))
        for team in teams:
            client.ask(MEMBERS, {"teamId": team, "count": 0, "offset": 0})
        client.ask(MEMBERS, {"teamId": teams[0]})
        client.ask(TEAMS)
        client.ask(TEAMS_OF_USER, {"userId": "a&b=c d"})
        client.close()
    assert [entry.query for entry in server.log] == [
        f"teamId={teams[0]}&count=0&offset=0", f"teamId={teams[1]}&count=0&offset=0", f"teamId={teams[0]}", "",
        "userId=a%26b%3Dc+d",
    ]  # fmt: skip
    assert {entry.caller for entry in server.log} == {"svc.review"}


def test_i8_what_needs_no_token_is_asked_without_it_after_what_does():
    with raw_server(http(b'{"teams":[],"success":true}'), http(b'{"success":true}')) as (url, asked):
        client = direct(url)
        client.ask(TEAMS)
        client.ask(INFO)
        client.close()
    assert b"X-Auth-Token: ttt" in asked[0]
    assert b"ttt" not in asked[1]


@pytest.mark.parametrize(("spared", "heard"), [("", 2), ("chat.invalid", 0)])
def test_a_secure_address_is_reached_through_the_proxy_of_the_environment(monkeypatch, spared, heard):
    refusal = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with raw_server(refusal, refusal) as (url, asked):
        monkeypatch.setenv("HTTPS_PROXY", url)
        monkeypatch.setenv("NO_PROXY", spared)
        client = Client(Address.parse("https://chat.invalid"), Credentials("u", "t" * 43), sleep=lambda _: None)
        for _ in range(2):
            with pytest.raises(SourceError, match="cannot be reached"):
                client.ask(TEAMS, patience=0)
        client.close()
    assert [said.split()[:2] for said in asked] == [[b"CONNECT", b"chat.invalid:443"]] * heard
    assert b"ttt" not in b"".join(asked)


@pytest.mark.parametrize(("spared", "proxy"), [("xn--bcher-kva.example", None), ("other.example", "http://p")])
def test_a_host_with_letters_of_its_own_is_spared_the_proxy_by_the_name_that_dns_has(monkeypatch, spared, proxy):
    monkeypatch.setenv("HTTPS_PROXY", "http://p")
    monkeypatch.setenv("NO_PROXY", spared)
    session = Session("https://bücher.example", ca_bundle=None, direct=False)
    session.close()
    assert session.settings["proxies"].get("https") == proxy


def test_who_signed_the_server_is_looked_up_where_requests_looks(monkeypatch):
    def trusted(ca_bundle=None):
        session = Session("https://chat.example.test", ca_bundle=ca_bundle, direct=False)
        session.close()
        return session.settings["verify"]

    assert trusted() is True
    monkeypatch.setenv("CURL_CA_BUNDLE", "/etc/curl.pem")
    assert trusted() == "/etc/curl.pem"
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/requests.pem")
    assert trusted() == "/etc/requests.pem"
    assert trusted("/etc/ours.pem") == "/etc/ours.pem"
