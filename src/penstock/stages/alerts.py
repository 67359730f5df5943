"""Alert rows of what detection found: the rule's own fields as constants, the event's as slices of its own text."""

from __future__ import annotations

import hashlib

import numpy as np

from penstock.columns import I32, Frame, Kind
from penstock.content.sigma.alert_fields import rule_fields
from penstock.content.sigma.model import Filter
from penstock.content.sigma.rule_set import RuleSet
from penstock.kernels.identity import ID_LENGTH, write_alert_ids
from penstock.kernels.slices import as_arrays

ALERTS = "penstock.alerts"
"""The dataset that alerts are of: what their frames are called."""

ENTITIES = (
    "client.ip",
    "cloud.account.id",
    "cloud.region",
    "container.id",
    "destination.domain",
    "destination.ip",
    "destination.port",
    "dns.question.name",
    "event.action",
    "event.category",
    "event.code",
    "event.dataset",
    "event.outcome",
    "file.hash.sha256",
    "file.path",
    "group.name",
    "host.ip",
    "host.name",
    "http.request.method",
    "http.response.status_code",
    "network.transport",
    "observer.name",
    "process.command_line",
    "process.executable",
    "process.hash.sha256",
    "process.name",
    "process.parent.command_line",
    "process.parent.executable",
    "process.pid",
    "registry.path",
    "server.ip",
    "service.name",
    "source.domain",
    "source.ip",
    "source.port",
    "url.domain",
    "url.original",
    "url.path",
    "user.domain",
    "user.effective.name",
    "user.id",
    "user.name",
    "user.target.name",
    "user_agent.original",
    "penstock.category",
    "penstock.context",
)
"""Fields of an event that its alerts carry: who and what it is about."""

_OWN = ("alert.id", "alert.event_ids", "alert.first_seen", "alert.last_seen", "@timestamp", "event.original")


class AlertMaker:
    """Makes alert frames."""

    def __init__(self, rule_set: RuleSet) -> None:
        self._rule_set = rule_set
        keys = [hashlib.blake2b(r.id.encode(), digest_size=16).digest() for r in rule_set.rules]
        self._keys = np.frombuffer(b"".join(keys) or bytes(16), np.uint64).reshape(-1, 2)
        self._constants: dict[tuple[int, int], dict[str, object]] = {}

    def make(self, frame: Frame, rule: I32, row: I32, silenced: I32) -> Frame:
        """The alerts of these rules for these rows of an event frame (int32[k] each, in the order of rows).

        silenced int32[k]: the filter that keeps an alert from being raised, -1 where there is none.
        """
        k = len(rule)
        text = frame.text
        place = {name: int(frame.place[i]) for i, name in enumerate(frame.names)}
        kinds = {name: (frame.kinds[i], frame.many[i]) for i, name in enumerate(frame.names)}
        entities = [n for n in ENTITIES if n in place]
        names = (*_OWN, *entities)
        start = np.zeros((len(names), k), np.int32)
        length = np.full((len(names), k), -1, np.int32)
        ids = frame.start[place["event.id"]][row], frame.length[place["event.id"]][row]
        data = text.reserve((ID_LENGTH + 1) * k + 64)
        text.used = int(
            write_alert_ids(
                data, text.used, *ids, self._keys[rule, 0].copy(), self._keys[rule, 1].copy(), start[0], length[0]
            )
        )
        start[1], length[1] = ids
        data = text.reserve((ID_LENGTH + 8) * k + 64)
        text.used = int(as_arrays(data, text.used, start[1], length[1], True, 0, 0))
        for c in (2, 3, 4):
            start[c], length[c] = (m[place["@timestamp"]][row] for m in (frame.start, frame.length))
        for c, name in enumerate(("event.original", *entities), 5):
            start[c], length[c] = (m[place[name]][row] for m in (frame.start, frame.length))
        families, family = self._families(frame, rule, row, silenced, place)
        return Frame(
            ALERTS,
            text,
            frame.rows[row],
            names,
            (
                Kind.KEYWORD,
                Kind.KEYWORD,
                Kind.DATE,
                Kind.DATE,
                Kind.DATE,
                Kind.KEYWORD,
                *(kinds[n][0] for n in entities),
            ),
            (False, True, False, False, False, False, *(kinds[n][1] for n in entities)),
            start,
            length,
            np.arange(len(names), dtype=np.int32),
            family,
            families,
        )

    def _families(
        self, frame: Frame, rule: I32, row: I32, silenced: I32, place: dict[str, int]
    ) -> tuple[tuple[dict[str, object], ...], I32]:
        """What all alerts of a rule have, and what all events of their family have of `ENTITIES`."""
        event_family = frame.family[row].astype(np.int64)
        n_events = len(frame.constants)
        whole = (rule.astype(np.int64) * (len(self._rule_set.filters) + 1) + silenced + 1) * n_events + event_family
        _, first, inverse = np.unique(whole, return_index=True, return_inverse=True)
        families = []
        for at in first.tolist():
            of_event = frame.constants[int(frame.family[row[at]])]
            extra = {n: v for n in ENTITIES if n not in place and (v := of_event.get(n)) is not None}
            families.append(
                {**self._of_rule(int(rule[at]), int(silenced[at])), **extra, "event.dataset": frame.dataset}
            )
        return tuple(families), inverse.astype(np.int32).reshape(len(rule))

    def _of_rule(self, rule: int, silenced: int) -> dict[str, object]:
        found = self._constants.get((rule, silenced))
        if found is None:
            made = {**rule_fields(self._rule_set.rules[rule]), "alert.count": 1}
            if silenced >= 0:
                made |= silenced_fields(self._rule_set.filters[silenced])
            found = self._constants[rule, silenced] = made
        return found


def silenced_fields(one: Filter) -> dict[str, object]:
    """What an alert that a filter silenced says of it."""
    made: dict[str, object] = {"alert.silenced.by": one.id, "alert.silenced.filter": one.title}
    if one.owner:
        made["alert.silenced.owner"] = one.owner
    if one.reason:
        made["alert.silenced.reason"] = one.reason
    return made
