"""Instruments: reading back what was aired, from files and from what a server received, without eyes or ears."""
