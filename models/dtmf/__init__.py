"""What the DTMF detector's nearest neighbours are made from: presses under all conditions, and sounds without any."""
