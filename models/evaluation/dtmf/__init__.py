"""The DTMF paper reproduced, and a model that beats it on its own tones.

Maity, Prakasam, Bhargava, "Robust dual-tone multi-frequency tone detection using k-nearest neighbour classifier for a
noisy environment", Applied Computing and Informatics, 2021, doi 10.1108/ACI-10-2020-0105.
"""
