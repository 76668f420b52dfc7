"""Whom an address stands for, wherever addresses count."""

from ipaddress import IPv6Address, ip_address, ip_network

SUBSCRIBER_BITS = 64


def counted_as(host: str | None) -> str:
    """One caller's address for limits: IPv4 as it is, IPv6 by its /64, since every subscriber has 2^64 of them."""
    try:
        address = ip_address((host or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return str(ip_network((address, SUBSCRIBER_BITS), strict=False).network_address)
        address = address.ipv4_mapped
    return str(address)
