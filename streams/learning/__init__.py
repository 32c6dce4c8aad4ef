"""What is learnt of calls once they are over: drift, outcomes, reviews, examples for the next training."""


class LearningError(RuntimeError):
    """Something that can't be done with what is there; the message says why."""
