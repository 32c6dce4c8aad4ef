"""Call progress, special information, fax and modem tones: how surely they are heard, and what is mistaken for them."""
