"""THE WINDOW. PySide6 widgets live here and nowhere else; what is on air is followed fact by fact, never guessed."""
