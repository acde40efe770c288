"""SENTENCES BETWEEN PROCESSES. How the processes of the house speak (wire, channel), share pictures (picture) and are
started, limited and ended (children, process). The only room besides `paths` that may make POSIX-only calls."""
