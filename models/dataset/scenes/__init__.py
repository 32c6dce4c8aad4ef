"""Scenes of every kind, a family a file. A maker takes a generator and a `Stage` and gives a scene, or why not."""
