"""Signal processing: arrays in, arrays out, no input or output of its own."""
