"""The address of a workspace: every way people paste it, brought into the one form that names the workspace."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc2graph.errors import UsageError
from rc2graph.rocketchat.address import Address


@pytest.mark.parametrize(
    ("pasted", "means"),
    [
        ("https://chat.example.org", "https://chat.example.org"),
        ("https://chat.example.org/", "https://chat.example.org"),
        ("https://chat.example.org///", "https://chat.example.org"),
        ("  https://chat.example.org\n", "https://chat.example.org"),
        ("HTTPS://Chat.Example.ORG", "https://chat.example.org"),
        ("https://chat.example.org:443/", "https://chat.example.org"),
        ("https://chat.example.org:8443", "https://chat.example.org:8443"),
        ("http://localhost:80", "http://localhost"),
        ("http://127.0.0.1:3000/", "http://127.0.0.1:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("https://chat.example.org/api/v1", "https://chat.example.org"),
        ("https://chat.example.org/api/v1/", "https://chat.example.org"),
        ("https://chat.example.org/api", "https://chat.example.org"),
        ("https://example.org/Chat/", "https://example.org/Chat"),
        ("https://example.org/chat/api/v1/", "https://example.org/chat"),
        ("https://example.org:443/chat//", "https://example.org/chat"),
        ("https://chat.example.org/home", "https://chat.example.org"),
        ("https://chat.example.org/admin/users/", "https://chat.example.org"),
        ("https://example.org/chat/channel/general", "https://example.org/chat"),
        ("https://chat.example.org/homer", "https://chat.example.org/homer"),
        ("https://example.org/home/api/v1", "https://example.org/home"),
    ],
)
def test_a_pasted_address_becomes_the_one_that_names_the_workspace(pasted, means):
    assert str(Address.parse(pasted)) == means


@pytest.mark.parametrize(
    "text",
    [
        *(
            None,
            "",
            "   ",
            "chat.example.org",
            "//chat.example.org",
            "ftp://chat.example.org",
            "https://",
            "https:///x",
        ),
        *("https://chat.example.org:port", "https://chat.example.org:99999", "https://[::1", "https://a b/"),
        *(
            "https://chat.example.org/?x=1",
            "https://chat.example.org/#home",
            "https://chat\\example.org",
            "javascript:x",
        ),
        *("https://chat.example.org/a\u0000b", "https://<chat>", "file:///etc/passwd"),
    ],
)
def test_a_malformed_address_is_a_usage_error_with_an_example(text):
    with pytest.raises(UsageError) as refused:
        Address.parse(text)
    assert "https://chat.example.org" in refused.value.next_step


@pytest.mark.parametrize(
    "text", ["https://u:geheim@chat.example.org", "https://geheim@chat.example.org", "https://:geheim@h"]
)
def test_i8_an_address_with_a_password_is_refused_without_repeating_it(text):
    with pytest.raises(UsageError) as refused:
        Address.parse(text)
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize(
    "text", ["https://u:geheim@chat.example.org:port", "https://u:geheim@chat.example.org:99999", "ftp://u:geheim@h/"]
)
def test_i8_a_password_in_a_malformed_address_is_not_repeated_either(text):
    with pytest.raises(UsageError) as refused:
        Address.parse(text)
    assert "geheim" not in str(refused.value)


def test_plain_http_is_for_this_machine_unless_it_is_asked_for():
    with pytest.raises(UsageError, match="unencrypted"):
        Address.parse("http://chat.example.org")
    with pytest.raises(UsageError, match="unencrypted"):
        Address.parse("http://127.evil.example")
    assert str(Address.parse("http://chat.example.org", insecure=True)) == "http://chat.example.org"


@given(st.text(max_size=80) | st.text(alphabet="htps:/@.[]%?#ab0 \t\\", max_size=40).map("https://".__add__))
def test_no_text_breaks_it(text):
    try:
        once = str(Address.parse(text))
    except UsageError:
        return
    assert str(Address.parse(once)) == once
