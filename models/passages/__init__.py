"""What is heard inside a chunk: blocks of 200 ms, and the passages they make."""
