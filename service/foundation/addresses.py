"""The key of an address for rate limits and lock-outs."""

from ipaddress import IPv6Address, ip_address, ip_network

SUBSCRIBER_BITS = 64


def limit_key(host: str | None) -> str:
    """Return the address that a limit counts: IPv4 as it is, IPv6 as its /64.

    A subscriber owns a whole /64. "unknown" for a text that is no address.
    """
    try:
        address = ip_address((host or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return str(ip_network((address, SUBSCRIBER_BITS), strict=False).network_address)
        address = address.ipv4_mapped
    return str(address)
