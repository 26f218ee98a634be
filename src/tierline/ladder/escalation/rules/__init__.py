"""What must travel with an issue when it climbs a tier, as pure functions.

`evidence` is what a ticket holds, `checks` judges one item of a contract, `contracts` judges a whole
contract and holds the shipped defaults, `handovers` is the life of one hand-over.
"""
