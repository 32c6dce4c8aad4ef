"""The roles of a worker, one file each: decode, call the core, hand over what is to be sent."""
