"""What can go wrong with the lists."""


class ListsError(RuntimeError):
    """The lists cannot be read, or not changed as it was asked; the message says why."""
