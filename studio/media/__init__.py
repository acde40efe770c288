"""PIXELS AND SAMPLES. Decoding, preparing, painting, mixing, encoding and writing containers, with numpy, cv2 and av.
Knows draw lists, never commands or processes."""
