"""Hands a message to a channel, and says what became of it."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Thread

from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType

from lib.monitoring.notification.messages import Message
from schemas.contracts.monitoring_settings import ChannelSettings

Send = Callable[[str, Message], str | None]
"""Sends a message to an address; returns what went wrong, a name of `alert_deliveries.FAULTS`, or None."""

_TYPES = {"warning": NotifyType.WARNING, "success": NotifyType.SUCCESS, "info": NotifyType.INFO}


@dataclass(frozen=True)
class Channel:
    """A channel and its address, which is a secret: it is in no table, log or error."""

    name: str
    url: str | None

    def __repr__(self) -> str:
        """The name alone."""
        return f"Channel({self.name})"


def channels_of(settings: list[ChannelSettings], environment: Mapping[str, str]) -> list[Channel]:
    """The channels that conf names, with their addresses from the environment; None where a variable is not set."""
    return [Channel(known.name, environment.get(known.url_variable) or None) for known in settings]


def send_with_apprise(url: str, message: Message) -> str | None:
    """Send by Apprise; one address alone, so that what one channel does concerns no other."""
    # Apprise's own log lines may quote an address.
    logging.getLogger("apprise").disabled = True
    service = Apprise(asset=AppriseAsset(app_id="Plumbline", secure_logging=True, async_mode=False))
    if not service.add(url):
        return "bad_address"
    is_taken = service.notify(
        title=message.title, body=message.body, notify_type=_TYPES[message.urgency], body_format=NotifyFormat.TEXT
    )
    return None if is_taken else "refused"


def attempt(channel: Channel, message: Message, *, send: Send, timeout_seconds: float) -> str | None:
    """Try once to tell a channel; returns what went wrong, or None. Raises nothing and takes no longer than told."""
    if channel.url is None:
        return "no_address"
    url, outcome = channel.url, ["timed_out"]

    def work() -> None:
        try:
            outcome[0] = send(url, message) or ""
        # a plugin may raise anything, and its text may quote the address
        except Exception:
            outcome[0] = "error"

    # a daemon: one that hangs for ever keeps nobody from finishing
    thread = Thread(target=work, daemon=True)
    thread.start()
    thread.join(timeout_seconds)
    return outcome[0] or None
