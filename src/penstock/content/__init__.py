"""Content: packs and rules, compiled and linted."""
