"""What people look at: verdicts as they come, the day's report, campaigns. Pure but for the two modules that read."""


class LookError(RuntimeError):
    """There is nothing to look at; the message says why and the way out."""
