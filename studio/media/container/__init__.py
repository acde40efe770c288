"""What we write into: one RTMP server or one file, from packets encoded elsewhere. Decides what is live, what is
durable and what a failure is called. Owned by sinks; nothing here knows of processes, and what the system offers
(sockets, disks) is handed in."""
