"""What runs: the tap, the agents, the store and the command line."""
