"""Who calls through proxies: only what a trusted one added is believed."""

import ipaddress

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from tierline.config import env
from tierline.core.kernel.remotes import is_trusted, remote_of

OURS = tuple(ipaddress.ip_network(one) for one in ("127.0.0.1/32", "10.0.0.0/8", "2001:db8::/32"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("198.51.100.1", "203.0.113.7", "198.51.100.1"),
        ("127.0.0.1", "1.1.1.1, 203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "203.0.113.7, 10.0.0.4", "203.0.113.7"),
        ("127.0.0.1", "1.1.1.1, 203.0.113.7, 10.0.0.4, 10.2.3.4", "203.0.113.7"),
        ("127.0.0.1", "10.0.0.9", "10.0.0.9"),
        ("127.0.0.1", "203.0.113.7:51234", "203.0.113.7"),
        ("127.0.0.1", '"[2001:4860::1]:51234"', "2001:4860::1"),
        ("2001:db8::1", "2001:4860::1", "2001:4860::1"),
        ("::ffff:10.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "unknown", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.7, unknown", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.7, _hidden, 10.0.0.4", "10.0.0.4"),
        ("", "203.0.113.7", ""),
        ("127.0.0.1", ", ,", "127.0.0.1"),
    ],
)
def test_the_nearest_address_that_is_no_proxy_of_ours(peer: str, forwarded: str, found: str) -> None:
    assert remote_of(peer, forwarded, OURS) == found


@given(st.text(max_size=3000), st.lists(st.ip_addresses(v=4).map(str), max_size=30))
def test_whatever_a_caller_writes_before_the_proxys_word_changes_nothing(junk: str, more: list[str]) -> None:
    written = ",".join([junk, *more, "203.0.113.7"])
    assert remote_of("127.0.0.1", written, OURS) == "203.0.113.7"
    assert remote_of("198.51.100.1", written, OURS) == "198.51.100.1"


@given(st.text(max_size=200))
def test_any_header_gives_an_address_or_the_peer(written: str) -> None:
    assert ipaddress.ip_address(remote_of("127.0.0.1", written, OURS))


@pytest.mark.parametrize(("peer", "trusted"), [("10.9.8.7", True), ("11.0.0.1", False), ("", False), ("x", False)])
def test_trusted_or_not(peer: str, trusted: bool) -> None:
    assert is_trusted(peer, OURS) is trusted
    assert not is_trusted(peer, ())


def test_the_setting_takes_addresses_and_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("P", "127.0.0.1, 10.1.2.3/8 ,2001:db8::/32,")
    assert env.networks("P") == OURS
    monkeypatch.delenv("P")
    assert env.networks("P") == ()
    monkeypatch.setenv("P", "proxy.example")
    with pytest.raises(ImproperlyConfigured, match=r"P: 'proxy.example' .* Use addresses or networks"):
        env.networks("P")
