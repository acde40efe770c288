"""THE TERMINAL. The verbs a person types: run, show, say, status, stop, verify, bench. A desk without a window: it
starts the keeper, sends commands, watches facts, and may be killed without the viewers noticing."""
