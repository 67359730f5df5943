"""The whole day: ordinary traffic and stories, in order of time; and what is true of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from attack_day import accounts, traffic  # noqa: F401  they note their kinds
from attack_day.cast import DAY, HOURS, SECOND, Cast
from attack_day.kinds import KINDS
from attack_day.lines import Planted, iso
from attack_day.ordinary import ordinary


@dataclass(frozen=True)
class Truth:
    """A story: kind, who it is about, its first and last record, `attack` or `control`, the rules that may find it."""

    kind: str
    entity: dict[str, str]
    begin: str
    end: str
    what: str
    rules: tuple[str, ...]

    def row(self) -> dict[str, object]:
        """As truth.json has it."""
        row = asdict(self)
        return {
            "kind": row.pop("kind"),
            "entity": row.pop("entity"),
            "from": row.pop("begin"),
            "to": row.pop("end"),
            **row,
        }


def the_day(events: int, seed: int) -> tuple[list[str], list[Truth]]:
    """The records of a day, about so many, in order of time; and every story in it."""
    cast = Cast(seed)
    each = max(2, min(12, round(events / 40_000)))
    planted: list[Planted] = []
    truths = []
    for kind in KINDS:
        for number in range(each):
            for attack in (True, False):
                last = HOURS * 3600 - kind.seconds - 60
                begin = (DAY + 30 + cast.random.randrange(last)) * SECOND
                entity, told = kind.story(cast, begin, attack, number)
                times = [at for at, _ in told]
                what = "attack" if attack else "control"
                truths.append(Truth(kind.name, entity, iso(min(times)), iso(max(times)), what, kind.rules))
                planted += told
    planted += ordinary(cast, max(0, events - len(planted)))
    planted.sort(key=lambda p: p[0])
    return [line for _, line in planted], truths
