"""How outcomes are weighed: their mean, and the mean of the worst share of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Risk:
    """(1 - weight) mean + weight * mean of the worst share (conditional value at risk [1]).

    weight: 0 is the mean alone, 1 the worst share alone. share: 1 is the mean again; towards 0 it is the worst outcome.

    [1] Rockafellar and Uryasev 2000, Journal of Risk 2(3), 21-41.
    """

    weight: float = 0.0
    share: float = 1.0

    def measure(self, cost: Floats, probability: Floats) -> float:
        """Return what outcomes of these chances are worth together; infinite if one that can come is."""
        certain = probability > 0
        if not certain.any():
            return 0.0
        cost, probability = cost[certain], probability[certain]
        order = np.argsort(-cost, kind="stable")
        chance, share = probability[order], self.counted(probability)
        before = np.cumsum(chance) - chance
        worst = np.clip(share - before, 0, chance) / share if self.weight else np.zeros_like(chance)
        weights = (1 - self.weight) * chance + self.weight * worst
        return float(weights[weights > 0] @ cost[order][weights > 0])

    def counted(self, probability: Floats) -> float:
        """Return the share that is counted: not less than the smallest chance, where the worst outcome stands alone."""
        return max(self.share, float(probability[probability > 0].min()))
