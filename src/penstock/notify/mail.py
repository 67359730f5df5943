"""E-mail by SMTP. `Message-ID` follows from the step's key: attempts of one step are one mail to a mail reader."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime

from penstock.errors import OutsideError
from penstock.notify.channel import Declined, Message, Unreachable, Wanted
from penstock.notify.template import fill, one_line

SUBJECT = "[{incident.level}] {incident.title}"
BODY = """{summary}

Incident   {incident.id}
Rules      {rule.names}
Entities   {incident.entities}
Risk       {incident.risk}
ATT&CK     {threat.tactic.id} {threat.technique.id}
First seen {incident.first_seen}
Last seen  {incident.last_seen}

penstock incidents show {incident.id}
"""


@dataclass(frozen=True, slots=True)
class Mail:
    """Sends a mail a message. starttls: refuse to go on without it."""

    name: str
    wants: Wanted
    host: str
    sender: str
    to: tuple[str, ...]
    port: int = 25
    starttls: bool = False
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    subject: str = SUBJECT
    body: str = BODY
    timeout: float = 10.0

    def send(self, message: Message, now: float) -> None:
        """One mail to all. See `Channel`."""
        mail = EmailMessage()
        mail["From"], mail["To"] = self.sender, ", ".join(self.to)
        mail["Subject"] = one_line(fill(self.subject, message.fields))
        mail["Date"] = format_datetime(datetime.fromtimestamp(now, UTC))
        mail["Message-ID"] = f"<{message.key}@penstock>"
        mail["X-Penstock-Idempotency-Key"] = message.key
        mail.set_content(fill(self.body, message.fields))
        try:
            with smtplib.SMTP(self.host, self.port, timeout=self.timeout) as server:
                if self.starttls:
                    server.starttls(context=ssl.create_default_context())
                if self.user is not None and self.password is not None:
                    server.login(self.user, self.password)
                missed = server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            _raise(self.name, max(code for code, _ in error.recipients.values()))
        except smtplib.SMTPResponseException as error:
            _raise(self.name, error.smtp_code)
        except (OSError, smtplib.SMTPException) as error:
            raise Unreachable(f"{self.name}: {type(error).__name__}") from None
        else:
            if missed:
                # some have it: to send it again would give it to them twice
                raise Declined(f"{self.name}: {len(missed)} of {len(self.to)} recipients were refused")


def _raise(name: str, code: int) -> None:
    """A server's 4xx and no answer at all are for now, its 5xx is for good."""
    if code >= 500:
        raise Declined(f"{name}: SMTP status {code}") from None
    raise OutsideError(f"{name}: SMTP status {code}") from None
