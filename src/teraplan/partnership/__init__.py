"""Who pays, who gains, who stays: splits of what a partnership is worth, from the worth of every coalition."""

from teraplan.partnership.core import (
    LeastCore,
    WorstCoalition,
    in_core,
    least_core,
    nucleolus,
    prenucleolus,
    worst_coalition,
)
from teraplan.partnership.power import banzhaf, shapley_shubik
from teraplan.partnership.production import (
    Production,
    owen_point,
    production_game,
    production_values,
    worst_production_coalition,
)
from teraplan.partnership.shapley import ShapleyEstimate, sampled_shapley, shapley

__all__ = [
    "LeastCore",
    "Production",
    "ShapleyEstimate",
    "WorstCoalition",
    "banzhaf",
    "in_core",
    "least_core",
    "nucleolus",
    "owen_point",
    "prenucleolus",
    "production_game",
    "production_values",
    "sampled_shapley",
    "shapley",
    "shapley_shubik",
    "worst_coalition",
    "worst_production_coalition",
]
