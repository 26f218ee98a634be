"""What a desk's own history teaches about new texts: a linear model that says how sure it is, and when it is not.

`features` makes numbers of a text, `linear` learns, `calibration` turns scores into chances, `model` joins them.
"""

from .model import Example, Model, Prediction, fit, read

__all__ = ["Example", "Model", "Prediction", "fit", "read"]
