"""Keys of addresses for limits."""

import pytest

from service.foundation.addresses import limit_key


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::9", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("testclient", "unknown"),
        (None, "unknown"),
    ],
)
def test_limit_key_is_the_address_or_the_ipv6_prefix(host: str | None, key: str) -> None:
    assert limit_key(host) == key
