"""Sigma: rules read by pySigma, turned into expressions, compiled for each dataset."""
