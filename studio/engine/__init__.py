"""THE BROADCAST. Captures, mixes, encodes, keeps the clock, writes the timeline. Its tick never waits, and it loads no
Qt at all. Changes only by commands, only on ticks."""
