"""What receivers of DTMF must do by Q.24, and what a line does to digits: ours and others on the same audio."""
