"""What rules ask is kept as one text, read when somebody asks."""

from __future__ import annotations

import pickle

from penstock.content.sigma import expressions as ex
from penstock.content.sigma.whens import Whens

ONE, OTHER = ex.Test("a", ex.Glob(("x",))), ex.Not(ex.Test("b", ex.Glob(("y",))))


def test_what_was_kept_is_the_same_once_somebody_asks():
    """Also when it was kept again before anybody asked."""
    whens = Whens()
    assert [whens.add(ONE), whens.add(OTHER)] == [0, 1]
    kept = pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(whens))))
    assert kept._known is None
    assert (kept[0], kept[1]) == (ONE, OTHER)
    assert kept.add(ONE) == 2
