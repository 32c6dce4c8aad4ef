"""What keeps a live tap from going on."""


class LiveError(RuntimeError):
    """A live tap can't start, or can't go on; the message says why and the way out."""
