"""What features are good for: naming taxa, telling two genera apart, finding wrong labels.

Each takes features (N, D) and the labels of the N pictures, and gives a JSON-ready mapping. All of them fit
an L2 logistic regression on standardised features in five stratified folds, as Walker, Tucker and Nicolson
2022 did; scaler and regression see the training part of a fold only.
"""
