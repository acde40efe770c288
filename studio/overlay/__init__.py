"""LETTERS: draws templates into finished sprites, in a process without a window. Owned by the letters process, which
calls `draw` on its main thread. Imports QtCore, QtGui, numpy, the model and the paths, nothing else."""
