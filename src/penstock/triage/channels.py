"""From the configuration to channels."""

from __future__ import annotations

from penstock.config.model import Configuration
from penstock.config.triage_model import WebhookSettings
from penstock.notify.channel import Channel, Wanted
from penstock.notify.mail import Mail
from penstock.notify.webhook import Webhook


def make_channels(settings: Configuration) -> list[Channel]:
    """One a name of the section `notify`."""
    made: list[Channel] = []
    for name, one in settings.notify.items():
        wants = Wanted(one.levels, frozenset(one.kinds), one.step)
        if isinstance(one, WebhookSettings):
            headers = {k: v.reveal() for k, v in one.headers.items()}
            secret = None if one.secret is None else one.secret.reveal().encode()
            made.append(
                Webhook(name, wants, one.url.reveal(), secret, one.body, one.content_type, headers, one.timeout)
            )
        else:
            password = None if one.password is None else one.password.reveal()
            made.append(
                Mail(
                    name, wants, one.host, one.sender, one.to, one.port, one.starttls, one.user, password, one.subject,
                    one.body, one.timeout,
                )
            )  # fmt: skip
    return made
