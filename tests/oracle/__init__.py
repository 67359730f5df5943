"""Detection, slow and obvious: rules held against events row by row, to prove the columns right.

records     JSON read so that nothing is lost: numbers as written, members as often as they came
fields      where a rule's field stands in an event: `sigma.yaml` read anew
evaluator   what pySigma's tree of a rule says of an event, after the specification and docs/reference/sigma.md
world       packs for generated events; what the real stages make of records
generator   rules, and events that meet them or just miss
pairs       `python -m oracle.pairs`: hundreds of thousands of (rule, event) pairs
windows     `python -m oracle.windows`: real rules over real events

Nothing here uses `content/sigma` beyond `RuleSet` and what loads one, or any part of `stages/detect`.
"""
