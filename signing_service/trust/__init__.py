"""Trust that is at hand: a small CA and a time-stamping authority, for the default set-up and for tests.

Production replaces them with real ones behind the same protocols (``domain.keys``).
"""
