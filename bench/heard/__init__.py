"""What receivers of tones are held against: recordings, channels, other receivers."""
