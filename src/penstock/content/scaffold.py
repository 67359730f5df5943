"""A new pack's folder: small, complete, and it passes its own test. What to change is said in its comments."""

from __future__ import annotations

import re
from pathlib import Path

from penstock.errors import OutsideError, UsageError

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")

_PACK = """\
# How PACK is recognised, taken apart, named in ECS and categorised. The language: docs/how-to/write-a-pack.md
# Say here where the facts come from: the title of the vendor's log reference, its version.
pack: PACK
version: 1.0.0
title: TITLE                      # what an analyst reads
datasets:
  - name: log                     # event.dataset is PACK.log
    recognise:
      - program: [PACK]   # the syslog tag; or begins, like, keys, cef …
    format: text
    set:                          # every row; a pattern's own `set` wins
      event.module: PACK
      event.kind: event
      observer.vendor: VENDOR
      observer.product: PRODUCT
    category: system.none         # src/penstock/schema/categories.tsv has the list
    nulls: ["-"]                  # words that mean nothing
    on_error:
      source.ip: source.domain    # where a name stands instead of an address
    patterns:                     # a pattern matches the whole payload; the first that does takes the row
      - name: login_succeeded
        # `:last`: a user's name may hold " from "; it ends at the last one
        line: 'Login of user {user.name:last} from {source.ip} port {source.port:int} by {PACK.method}'
        set: {event.action: login, event.outcome: success, event.category: [authentication], event.type: [start]}
        category: auth.none
      - name: login_failed
        line: 'Login failed for user {user.name:last} from {source.ip} port {source.port:int}: {event.reason}'
        set: {event.action: login, event.outcome: failure, event.category: [authentication], event.type: [start]}
        category: auth.credential_mismatch
      - name: connection
        lines:                    # several spellings of one thing; {( a {|} b )} and {? perhaps ?} within a line
          - '{PACK.verdict:word} {network.transport:word} {source.ip}:{source.port:int} -> {_rest:rest}'
        set: {event.action: connection, event.category: [network]}
        # what depends on the verdict is looked up in the steps
      - name: other               # keep it last; leave it out if every message is known: then drift is noticed
        line: '{message}'
    steps:                        # in order, over all rows; a step fills only what is still absent
      - pattern:                  # names with _ are private to the pack
          from: _rest
          lines: ['{destination.ip}:{destination.port:int}{?, {network.bytes:int} bytes?}']
      - lower: [network.transport]
      - lookup:
          from: PACK.verdict
          fold: true
          table:
            allow: {event.outcome: success, event.type: [connection, allowed], penstock.category: network.none}
            deny: {event.outcome: failure, event.type: [connection, denied], penstock.category: network.policy_denied}
        over: true                # the category above is there already
"""

_FIELDS = """\
# Fields that ECS lacks, as PACK.<name>: type is keyword, long, double, boolean, ip, date or flattened.
method: {type: keyword, about: how the user proved who they are}
verdict: {type: keyword, about: what the rules said of a connection}
"""

_SAMPLES = {
    "login.log": """\
<38>1 2026-11-23T10:00:01.25Z gw1 PACK 411 - - Login of user alice from 198.51.100.7 port 51234 by certificate
<36>Nov 23 10:00:04 gw1 PACK[411]: Login failed for user bob from 203.0.113.9 from 192.0.2.4 port 40022: wrong
""",
    "connection.log": """\
<134>Nov 23 10:00:07 gw1 PACK[411]: ALLOW TCP 198.51.100.7:51234 -> 192.0.2.10:443, 5120 bytes
<134>Nov 23 10:00:09 gw1 PACK[411]: DENY udp 203.0.113.9:5353 -> 192.0.2.10:53
""",
    "other.log": """\
<134>Nov 23 10:00:12 gw1 PACK[411]: Configuration saved
""",
}


def new_pack(name: str, root: Path) -> Path:
    """Write `root/name`: pack.yaml, fields.yaml, samples. What the samples give is written by the first test run.

    Raises `UsageError` when the name is no `vendor_product` or the folder is there already.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no pack name; wanted vendor_product in lower case, like acme_gateway")
    folder = root / name
    if folder.exists():
        raise UsageError(f"{folder} is there already")
    vendor, _, product = name.partition("_")
    words = {"TITLE": _title(name), "VENDOR": _title(vendor), "PRODUCT": _title(product), "PACK": name}
    files = {"pack.yaml": _PACK, "fields.yaml": _FIELDS, **{f"samples/{k}": v for k, v in _SAMPLES.items()}}
    try:
        (folder / "samples").mkdir(parents=True)
        for file, text in files.items():
            (folder / file).write_text(_filled(text, words), encoding="utf-8")
    except OSError as error:
        raise OutsideError(f"cannot write {error.filename}: {error.strerror}") from error
    return folder


def _filled(text: str, words: dict[str, str]) -> str:
    return re.sub(r"\b(TITLE|VENDOR|PRODUCT|PACK)\b", lambda found: words[found[1]], text)


def _title(name: str) -> str:
    return " ".join(word.capitalize() for word in name.split("_"))
