"""What is learnt: training, evaluation and the shipped artifacts."""
