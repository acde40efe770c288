"""VERBS. Pure functions over the model: what a command becomes (decide), what is true after a fact (state), what is
seen (compose) and heard (sound) at a tick, what may be promised (guard). No I/O, no clock, no thread."""
