"""Whole shows: run by the real command, decoded and read back."""
