"""What goes wrong with a model."""


class ModelError(RuntimeError):
    """A model can't be used: missing, broken, or made for other features or another scikit-learn."""
