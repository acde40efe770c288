"""Sources: each yields pictures by media time through a Slot and sound by sample through a Ring, or is pulled as a pure
function of the tick. `open_source` chooses by the URL's scheme."""
