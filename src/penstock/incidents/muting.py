"""Which alerts go no further, and by whose word. Each is recorded and counted; none is lost."""

from __future__ import annotations

from dataclasses import replace

from penstock.incidents.alert import Alert, Row, values
from penstock.incidents.policy import MINUTE, Inhibition, Policy
from penstock.incidents.silence import Muted, fits
from penstock.incidents.state import Draft


def muted(draft: Draft, alert: Alert, policy: Policy) -> Muted | None:
    """What mutes this alert at its own time, counted; None if nothing does."""
    found = _by(draft, alert, policy)
    if found is not None:
        draft.counts[found.by] = (draft.counts.get(found.by) or 0) + 1
        draft.count("muted")
    for rule in policy.inhibitions:
        if alert.at < rule.expires and fits(rule.source, alert.row):
            key = _same(rule, alert.row)
            if key is not None:
                draft.active[key] = max(alert.at, draft.active.get(key) or 0)
    return found


def over_its_rate(draft: Draft, alert: Alert, policy: Policy) -> Muted | None:
    """What says that its rule has raised enough in that minute already, counted; None if it has not."""
    most = policy.rates.get(alert.rule)
    if most is None:
        return None
    minute, count = draft.rates.get(alert.rule) or (0, 0)
    now = max(minute, alert.at // MINUTE)  # a late one counts in the minute of the others
    count = count + 1 if now == minute else 1
    draft.rates[alert.rule] = (now, count)
    if count <= most:
        return None
    by = f"rate:{alert.rule}"
    draft.counts[by] = (draft.counts.get(by) or 0) + 1
    draft.count("muted")
    return Muted("overflow", by, "", f"the rule allows {most} alerts a minute")


def _by(draft: Draft, alert: Alert, policy: Policy) -> Muted | None:
    row = alert.row
    if "alert.silenced.by" in row:
        # a Sigma filter has spoken already, when the alert was made
        owner, reason = (str(row.get(f"alert.silenced.{n}", "")) for n in ("owner", "reason"))
        return Muted("filtered", str(row["alert.silenced.by"]), owner, reason)
    for key, silence in sorted(draft.silences.items()):
        if silence.starts <= alert.at < silence.expires and fits(silence.match, row):
            draft.silences[key] = replace(silence, count=silence.count + 1)
            return Muted("silenced", silence.id, silence.owner, silence.reason)
    for mute in policy.mutes:
        if alert.at < mute.expires and fits(mute.match, row):
            return Muted("suppressed", mute.id, mute.owner, mute.reason)
    for rule in policy.inhibitions:
        if alert.at < rule.expires and fits(rule.target, row) and not fits(rule.source, row):
            key2 = _same(rule, row)
            since = None if key2 is None else draft.active.get(key2)
            if since is not None and 0 <= alert.at - since <= rule.within:
                return Muted("inhibited", rule.id, rule.owner, rule.reason)
    return None


def _same(rule: Inhibition, row: Row) -> str | None:
    """What must be equal, as a key; None where a field is missing."""
    found = [values(row, field) for field in rule.equal]
    return "\0".join([rule.id, *(v[0].casefold() for v in found)]) if all(found) else None
