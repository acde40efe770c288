"""Laws of the house that a machine can read out of the source: walls, platform calls, manners, licences, locks."""
