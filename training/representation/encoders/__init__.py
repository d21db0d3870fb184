"""Networks that give features: a ResNet-18 trained as an autoencoder, with triplets, or as a classifier.

The three of Walker, Tucker and Nicolson 2022 (https://doi.org/10.3389/fpls.2021.806407).
"""
