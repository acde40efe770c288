"""THE OUTSIDE. Chat, orders, stock and remote control will live here, one file per platform; today the process that
will run them stands in its place, connected to the engine."""
