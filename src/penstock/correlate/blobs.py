"""How state is written down: frames of bytes that say what they are, and are whole or refused.

    "PSCS"  version  kind  number  identity  length  payload  digest
    4       u16      u16   u64     16        u64              16

Little end first. `identity` is a hash of the correlation's id and version and of the secret: state of another is told
apart before it is looked at. The digest (BLAKE2b) is over all that is before it.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass

from penstock.content.sigma.correlation import Correlation
from penstock.correlate.signals import Secret
from penstock.errors import OutsideError

MAGIC = b"PSCS"
VERSION = 1
"""Goes up when what is in the payload, or what a step makes of it, changes: older state is then not taken over."""

SNAPSHOT, DELTA = 0, 1
HEAD = struct.Struct("<4sHHQ16sQ")
DIGEST = 16


@dataclass(frozen=True, slots=True)
class Frame:
    """What a frame says."""

    version: int
    kind: int
    number: int
    identity: bytes
    payload: memoryview


def identity(correlation: Correlation, secret: Secret) -> bytes:
    """16 bytes of a correlation's text and a deployment's secret."""
    digest = hashlib.blake2b(digest_size=16, person=b"penstock state")
    for part in (correlation.id.encode(), correlation.version.encode(), struct.pack("<QQ", *secret)):
        digest.update(struct.pack("<Q", len(part)) + part)
    return digest.digest()


def frame(kind: int, number: int, who: bytes, payload: bytes) -> bytes:
    """A frame's bytes."""
    head = HEAD.pack(MAGIC, VERSION, kind, number, who, len(payload))
    digest = hashlib.blake2b(head, digest_size=DIGEST)
    digest.update(payload)
    return b"".join((head, payload, digest.digest()))


def read_frame(blob: bytes) -> Frame:
    """What a frame says. Raises `OutsideError` if it is none of ours, or damaged."""
    if len(blob) < HEAD.size + DIGEST or blob[:4] != MAGIC:
        raise OutsideError("saved correlation state is not ours")
    _, version, kind, number, who, length = HEAD.unpack_from(blob)
    if len(blob) != HEAD.size + length + DIGEST:
        raise OutsideError(f"saved correlation state is damaged: {len(blob)} bytes, it says {length}")
    if hashlib.blake2b(memoryview(blob)[:-DIGEST], digest_size=DIGEST).digest() != blob[-DIGEST:]:
        raise OutsideError("saved correlation state is damaged: its digest is not that of its bytes")
    return Frame(version, kind, number, who, memoryview(blob)[HEAD.size : -DIGEST])
