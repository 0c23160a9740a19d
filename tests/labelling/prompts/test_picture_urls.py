"""Which pictures are handed to the model's server: hostile addresses lead it nowhere but to public hosts."""

import pytest

from lib.labelling.prompts.unified_prompt import UnifiedPrompt
from lib.settings import load_policies
from schemas.contracts.unit_content import PinContent, UnitContent
from tests.labelling.prompts.shown_units import fields_of, messages


@pytest.mark.parametrize(
    "url",
    [
        "https://user@images.example/1.jpg",
        "https://user:word@images.example/1.jpg",
        "https://@images.example/1.jpg",
        "https://images.example\\@127.0.0.1/1.jpg",
        "https://images.example/a\\1.jpg",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.1.2.3/1.jpg",
        "http://127.0.0.1:8080/1.jpg",
        "http://127.1/1.jpg",
        "http://2130706433/1.jpg",
        "http://0x7f000001/1.jpg",
        "http://0x7f.0.0.1./1.jpg",
        "http://0177.0.0.1/1.jpg",
        "http://%31%32%37.0.0.1/1.jpg",
        "http://[::1]/1.jpg",
        "http://[fe80::1%25eth0]/1.jpg",
        "http://[fd00:ec2::254]/1.jpg",
        "http://[::ffff:169.254.169.254]/1.jpg",
        "http://[64:ff9b::a9fe:a9fe]/1.jpg",
        "http://[2002:7f00:1::]/1.jpg",
        "http://224.0.0.1/1.jpg",
        "http://localhost/1.jpg",
        "http://images/1.jpg",
        "http://images./1.jpg",
        "http://metadata.google.internal/1.jpg",
        "http://IMAGES.LOCAL/1.jpg",
        "http://a..example/1.jpg",
        "http://images.example:0/1.jpg",
        "http://images.example:99999/1.jpg",
        "http://localhost.localdomain/1.jpg",
        "http://LOCALHOST./1.jpg",
        "http://x.localhost/1.jpg",
        "http://router.lan/1.jpg",
        "http://printer.home/1.jpg",
        "http://1.0.0.127.in-addr.arpa/1.jpg",
        "http://metadata.svc/1.jpg",
        "http://api.default.svc.cluster.local/1.jpg",
        "http://hidden.onion/1.jpg",
        "http://127.0.0.1.resolver.example/1.jpg",
        "http://a.169.254.169.254.resolver.example/1.jpg",
        "http://10-1-2-3.resolver.example/1.jpg",
        "http://a-192-168-1-1.resolver.example/1.jpg",
        "http://7f000001.resolver.example/1.jpg",
        "http://012.0.0.1/1.jpg",
        "http://1.2.3/1.jpg",
        "http://0/1.jpg",
        "http://0.0.0.0/1.jpg",
        "http://0x0/1.jpg",
        "http://100.64.0.1/1.jpg",
        "http://198.18.0.1/1.jpg",
        "http://192.0.0.170/1.jpg",
        "http://255.255.255.255/1.jpg",
        "http://[::]/1.jpg",
        "http://[::127.0.0.1]/1.jpg",
        "http://[0:0:0:0:0:ffff:7f00:1]/1.jpg",
        "http://[::ffff:0:127.0.0.1]/1.jpg",
        "http://[2001:0:a9fe:a9fe::]/1.jpg",
        "http://[64:ff9b:1::7f00:1]/1.jpg",
        "http://[ff02::1]/1.jpg",
        "http://[::1%25lo]/1.jpg",
        "http://[::1",
        "http://[1.2.3.4]/1.jpg",
        "http://[v1.fe]/1.jpg",
        "http://\u0661\u0662\u0667.0.0.1/1.jpg",
        "http://\uff11\uff12\uff17.0.0.1/1.jpg",
        "http://\u2460.example/1.jpg",
        "http://images\u3002example/1.jpg",
        "http://ｉmages.example/1.jpg",
        "http://images.example\u2044@127.0.0.1/1.jpg",
        "http://images.example@127.0.0.1/1.jpg",
        "http://images.example%40127.0.0.1/1.jpg",
        "http://images.example:80@127.0.0.1/1.jpg",
        "http://images.example:80\\@127.0.0.1/1.jpg",
        "http:\\\\127.0.0.1/1.jpg",
        "http:/127.0.0.1/1.jpg",
        "http:127.0.0.1/1.jpg",
        "http:///127.0.0.1/1.jpg",
        "http://;127.0.0.1/1.jpg",
        "http://images.example;127.0.0.1/1.jpg",
        "http://images.example,127.0.0.1/1.jpg",
        "http://images.example\t.127.0.0.1/1.jpg",
        "ht\ntp://images.example/1.jpg",
        " http://images.example/1.jpg",
        "http://images.example /1.jpg",
        "http://.images.example/1.jpg",
        "http://images.example../1.jpg",
        "http://images.example:8o/1.jpg",
        "http://images.example:+80/1.jpg",
        "http://images.example:-1/1.jpg",
        "http://?images.example/1.jpg",
        "http://#images.example/1.jpg",
        "ftp://images.example/1.jpg",
        "gopher://127.0.0.1:6379/_x",
        "jar:http://images.example/1.jpg",
        "url:http://images.example/1.jpg",
        "HTTP+UNIX://%2Fvar%2Frun%2Fdocker.sock/1.jpg",
    ],
)
def test_no_address_leads_into_the_servers_own_network_or_hides_where_it_leads(url: str) -> None:
    user = messages(UnitContent(pins=(PinContent(title="t", image_url=url),)))[1]
    assert isinstance(user["content"], str)
    assert fields_of(user)["image 1 picture"] == "not shown"


@pytest.mark.parametrize(
    "url",
    [
        "https://images.example:8443/a/1.jpg?x=y@z",
        "https://IMAGES.example./1.jpg",
        "https://1.images.example/1.jpg",
        "http://8.8.8.8/1.jpg",
        "https://xn--bcher-kva.example/1.jpg",
        "https://ec2-8-8-8-8.images.example/1.jpg",
        "https://images.example/a/127.0.0.1/1.jpg?x=http://10.0.0.1/",
        "https://images.example#@127.0.0.1/1.jpg",
        "https://cafe-deadbeefs.example/1.jpg",
        "https://2026-03-02-10-999.images.example/1.jpg",
        "http://[2606:4700:4700::1111]/1.jpg",
    ],
)
def test_public_addresses_become_pictures(url: str) -> None:
    user = messages(UnitContent(pins=(PinContent(title="t", image_url=url),)))[1]
    assert user["content"][2]["image_url"]["url"] == url


def test_hosts_of_ones_own_network_are_shown_only_where_the_settings_allow_it() -> None:
    own = ("http://127.0.0.1:8080/1.jpg", "http://images/1.jpg", "http://[::1]/1.jpg", "http://a.internal/1.jpg")
    disguised = ("http://127.1/1.jpg", "http://user@images/1.jpg", "http://images\\@a/1.jpg", "http://0x7f000001/1.jpg")
    content = UnitContent(pins=tuple(PinContent(image_url=url) for url in (*own, *disguised)))
    assert isinstance(messages(content)[1]["content"], str)
    policies = load_policies()
    open_prompt = UnifiedPrompt.of(
        policies, model="a-model", image_limit=9, redaction_version="r1", allows_private_image_hosts=True
    )
    parts = open_prompt.messages(content)[1]["content"]
    assert tuple(part["image_url"]["url"] for part in parts if part["type"] == "image_url") == own
