"""What `penstock.yaml` may say of incidents and of whom to tell: the sections `incidents` and `notify`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from penstock.config.secret import Secret
from penstock.config.settings import Name, Place, Settings
from penstock.incidents.policy import COMMON, DEFAULT, Inhibition, Mute, Policy
from penstock.notify.mail import BODY, SUBJECT
from penstock.notify.template import problem
from penstock.schema.levels import LEVELS

Level = Literal["informational", "low", "medium", "high", "critical"]
Kind = Literal["opened", "raised", "reopened", "escalation", "summary"]
Match = Annotated[dict[str, str], Field(min_length=1)]
SECOND = 1_000_000
MONTH = 31 * 86_400.0


def _template(text: str) -> str:
    if wrong := problem(text):
        raise ValueError(f"a template with {wrong}")
    return text


def _url(url: Secret) -> Secret:
    parts = urlsplit(url.reveal())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("wanted http://… or https://…")
    return url


Template = Annotated[str, AfterValidator(_template)]
Header = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$")]


class MuteSettings(Settings):
    """A standing suppression: alerts that match are kept and counted, and go no further."""

    match: Match
    """Field -> value, all of which must fit; * is any characters, case does not count."""
    owner: Place
    """Who answers for it."""
    reason: Place
    """Why."""
    expires: datetime
    """Until when."""


class InhibitionSettings(Settings):
    """Alerts that one kind of alert explains: muted for a while after it."""

    source: Match
    """The alert that explains."""
    target: Match
    """The alerts it mutes."""
    equal: Annotated[tuple[str, ...], Field(min_length=1)]
    """Fields in which both must be equal."""
    within: float = Field(default=1800.0, gt=0, le=MONTH)
    """Seconds for which it mutes."""
    owner: Place
    """Who answers for it."""
    reason: Place
    """Why."""
    expires: datetime
    """Until when."""


class IncidentSettings(Settings):
    """How alerts become incidents. Times are seconds."""

    window: float = Field(default=DEFAULT.window / SECOND, gt=0, le=MONTH)
    """Alerts of one rule about the same entities, this long from the first, count as one line of the timeline."""
    group_by: Annotated[tuple[str, ...], Field(min_length=1)] = DEFAULT.group_by
    """Fields whose shared values put alerts into one incident."""
    common: tuple[str, ...] = tuple(sorted(COMMON))
    """Values that group nothing: many unrelated things share them."""
    quiet: float = Field(default=DEFAULT.quiet / SECOND, gt=0, le=MONTH)
    """An incident takes no more after this long without an alert."""
    longest: float = Field(default=DEFAULT.longest / SECOND, gt=0, le=MONTH)
    """Nor from this long after its first alert."""
    lateness: float = Field(default=DEFAULT.lateness / SECOND, ge=0, le=MONTH)
    """How far out of order alerts may come."""
    keep_closed: float = Field(default=DEFAULT.keep_closed / SECOND, gt=0, le=366 * 86_400)
    """How long a closed incident can be reopened."""
    most_open: int = Field(default=DEFAULT.most_open, ge=10, le=1_000_000)
    """Incidents worked on at a time; beyond, the mildest and longest quiet are closed."""
    burst: int = Field(default=DEFAULT.burst, ge=1, le=10_000)
    """Notifications a category may send at once."""
    refill: float = Field(default=DEFAULT.refill / SECOND, gt=0, le=MONTH)
    """One more each so many seconds."""
    summary: float = Field(default=DEFAULT.summary / SECOND, gt=0, le=MONTH)
    """What was held back is summarised this long after the first of it."""
    backoff: float = Field(default=DEFAULT.backoff / SECOND, gt=0, le=MONTH)
    """The pause after a notification of a low-level rule; it doubles each time."""
    backoff_most: float = Field(default=DEFAULT.backoff_most / SECOND, gt=0, le=MONTH)
    """The longest such pause."""
    sla: dict[Level, tuple[Annotated[float, Field(gt=0, le=MONTH)], ...]] = Field(
        default={"critical": tuple(s / SECOND for s in DEFAULT.sla["critical"])}
    )
    """Level -> seconds after which an incident that nobody took is escalated, each a step. Such levels are not held."""
    suppressions: dict[Name, MuteSettings] = Field(default={})
    """Standing suppressions, by name."""
    inhibitions: dict[Name, InhibitionSettings] = Field(default={})
    """Inhibitions, by name."""

    @model_validator(mode="after")
    def _ordered(self) -> IncidentSettings:
        if any(tuple(sorted(steps)) != steps for steps in self.sla.values()):
            raise ValueError("steps of `sla` must ascend")
        return self

    def policy(self) -> Policy:
        """As the step takes it."""
        return Policy(
            window=_micros(self.window),
            group_by=self.group_by,
            entities=tuple(sorted({*DEFAULT.entities, *self.group_by})),
            common=frozenset(v.casefold() for v in self.common),
            quiet=_micros(self.quiet),
            longest=_micros(self.longest),
            lateness=_micros(self.lateness),
            keep_closed=_micros(self.keep_closed),
            most_open=self.most_open,
            burst=self.burst,
            refill=_micros(self.refill),
            summary=_micros(self.summary),
            backoff=_micros(self.backoff),
            backoff_most=_micros(self.backoff_most),
            sla={level: tuple(map(_micros, steps)) for level, steps in self.sla.items()},
            mutes=tuple(
                Mute(name, m.match, m.owner, m.reason, _when(m.expires)) for name, m in self.suppressions.items()
            ),
            inhibitions=tuple(
                Inhibition(
                    name, i.source, i.target, i.equal, _micros(i.within), i.owner, i.reason, _when(i.expires)
                )
                for name, i in self.inhibitions.items()
            ),
        )  # fmt: skip


class TellingSettings(Settings):
    """What every way of telling has."""

    level: Level = "medium"
    """From which level on."""
    kinds: Annotated[tuple[Kind, ...], Field(min_length=1)] = ("opened", "raised", "reopened", "escalation", "summary")
    """What is told."""
    step: int = Field(default=0, ge=0, le=100)
    """With more than 0 only escalations, from this step on."""
    timeout: float = Field(default=10.0, gt=0, le=300)
    """Seconds an attempt may take."""

    @property
    def levels(self) -> frozenset[str]:
        """The levels told of."""
        return frozenset(LEVELS[LEVELS.index(self.level) :])


class WebhookSettings(TellingSettings):
    """A POST for each message, signed."""

    type: Literal["webhook"]
    """`webhook`."""
    url: Annotated[Secret, AfterValidator(_url)]
    """Where to; best a reference if it has a token in it."""
    secret: Secret | None = None
    """The key of the signature; best a reference."""
    body: Template | None = None
    """What is posted, with placeholders like {incident.title}; default: all fields as a JSON object."""
    content_type: Annotated[str, StringConstraints(pattern=r"^[ -~]{3,128}$")] = "application/json"
    """What it is. In JSON the fields are escaped as JSON wants it."""
    headers: dict[Header, Secret] = Field(default={})
    """Further headers; best references."""


class MailSettings(TellingSettings):
    """An e-mail for each message, by SMTP."""

    type: Literal["mail"]
    """`mail`."""
    host: Place
    """The SMTP server."""
    port: int = Field(default=25, ge=1, le=65535)
    """Its port."""
    sender: Annotated[str, StringConstraints(pattern=r"^[^\s@]+@[^\s@]+$")]
    """Whom it is from."""
    to: Annotated[tuple[Annotated[str, StringConstraints(pattern=r"^[^\s@,]+@[^\s@,]+$")], ...], Field(min_length=1)]
    """Whom it is for."""
    starttls: bool = False
    """Encrypt, or do not send."""
    user: str | None = None
    """Whom to log in as."""
    password: Secret | None = None
    """With what; best a reference."""
    subject: Template = SUBJECT
    """The subject, with placeholders."""
    body: Template = BODY
    """The text, with placeholders."""

    @model_validator(mode="after")
    def _both(self) -> MailSettings:
        if (self.user is None) != (self.password is None):
            raise ValueError("wanted `user` and `password`, both or neither")
        if self.password is not None and not self.starttls:
            raise ValueError("a password wants `starttls: true`: it must not go over the wire in the clear")
        return self


NotifySettings = Annotated[WebhookSettings | MailSettings, Field(discriminator="type")]


def _micros(seconds: float) -> int:
    return round(seconds * SECOND)


def _when(time: datetime) -> int:
    return round((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp() * SECOND)
