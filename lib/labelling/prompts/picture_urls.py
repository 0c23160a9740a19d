"""Which addresses of pictures may be handed to the model's server, which would fetch them from where it stands.

An address is hostile text: it may name a host that only that server reaches, such as a cloud's metadata service, or
that only a reviewer's browser reaches, such as a router. What a name resolves to is known only there: a stranger can
let a name of his own point to a private address, and the server's network rules have the last word.
"""

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

_BRACKETED_VERSION = 6
_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?")
# Browsers and curl read a host that ends like this as an IPv4 address: 2130706433, 0x7f.1, 127.1.
_ENDS_IN_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?")
# Reserved for hosts of one network or for none (RFC 2606, 6761, 6762, 7686, 8375, 9476, ICANN's .internal), or in use
# as if they were (RFC 6762, appendix G; ICANN's collisions .corp, .home, .mail; service names of container networks).
_PRIVATE_DOMAINS = (
    ".localhost", ".local", ".localdomain", ".internal", ".arpa", ".lan", ".intranet", ".private", ".priv", ".corp",
    ".home", ".mail", ".domain", ".test", ".invalid", ".onion", ".alt", ".svc", ".consul",
)  # fmt: skip
# Public services answer for such names with the address in them: 10.0.0.1.example, 10-0-0-1.example, 0a000001.example.
_ADDRESS_IN_NAME = re.compile(r"(?<![0-9])([0-9]{1,3}(?:[.-][0-9]{1,3}){3})(?![0-9])")
_HEX_ADDRESS_IN_NAME = re.compile(r"(?:^|[.-])([0-9a-f]{8})(?=[.-])")
# An IPv4 address inside an IPv6 one: NAT64, 6to4, Teredo, IPv4-translated, IPv4-compatible.
_EMBEDDING = tuple(
    IPv6Network(block)
    for block in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::ffff:0:0:0/96", "::/96")
)


def is_usable_url(url: str, *, allows_private_hosts: bool = False) -> bool:
    """Whether `url` may be handed out: http or https in plain ASCII, to a public host, with no user or password.

    `allows_private_hosts` lets addresses and names of one's own network through as well, if they are written plainly.
    """
    if "\\" in url or not all("!" <= character <= "~" for character in url):
        return False
    try:
        parsed = urlsplit(url)
        host, port = parsed.hostname, parsed.port
    except ValueError:
        return False
    if parsed.scheme not in ("http", "https") or not host or "@" in parsed.netloc or port == 0:
        return False
    try:
        address = ip_address(host)
    except ValueError:
        # Square brackets hold an IPv6 address or what is yet to be invented, never a name.
        return "[" not in parsed.netloc and _is_usable_name(host, allows_private_hosts=allows_private_hosts)
    if ("[" in parsed.netloc) != (address.version == _BRACKETED_VERSION):
        return False
    return _is_public(address) or (allows_private_hosts and "%" not in host)


def _is_usable_name(name: str, *, allows_private_hosts: bool) -> bool:
    if _NAME.fullmatch(name) is None or _ENDS_IN_NUMBER.fullmatch(name):
        return False
    bare = name.removesuffix(".")
    if allows_private_hosts:
        return True
    named = [IPv4Address(int(digits, 16)) for digits in _HEX_ADDRESS_IN_NAME.findall(bare)]
    for written in _ADDRESS_IN_NAME.findall(bare):
        try:
            named.append(IPv4Address(".".join(str(int(part)) for part in re.split("[.-]", written))))
        except ValueError:  # 999.1.1.1 is no address
            continue
    return "." in bare and not bare.endswith(_PRIVATE_DOMAINS) and all(_is_public(address) for address in named)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return _is_public(address.ipv4_mapped)
        if any(address in block for block in _EMBEDDING):
            return False
    return address.is_global and not address.is_multicast
