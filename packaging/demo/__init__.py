"""The demo show's pictures and sounds, drawn from nothing. This package decides how they look; `draw_demo.py` beside
it decides which files are written. Nothing here is imported by the studio."""
