"""THE MORNING AFTER. Pure functions of a timeline: what was recorded, what was shown, and whether it all fits together.
Files are read by whoever asks; nothing here opens one."""
