"""Sigma rules and correlations, compiled."""
