"""How good the models are: figures, intervals, tables and plots, each from one command."""
