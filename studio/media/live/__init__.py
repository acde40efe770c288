"""What yields pictures and sound by itself, in real time: cameras, microphones, screens, network streams. Each runs in
a source process of its own, made to be killed."""
