"""NOUNS. Frozen dataclasses of the standard library only: what a show is, what may be asked (commands), what became
true (events), and how they are written as JSON (codec). Nothing here opens a file, a socket or a thread."""
