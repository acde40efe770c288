"""Real peers for tests of whole shows: servers, proxies with faults, disks that fill up or lose power, our own command.
Every rig is a context manager that leaves nothing behind; traffic stays on loopback."""
