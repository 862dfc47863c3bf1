"""Many cases, one question: shocks, samples, trees of futures, near-optimal alternatives."""

from teraplan.shocks.caps import Flows, flows_of
from teraplan.shocks.shocks import Shock, shocked, shocks_of
from teraplan.shocks.targets import Target
from teraplan.uncertainty.alternatives import Cloud, Group, groups_of
from teraplan.uncertainty.ensemble import Means
from teraplan.uncertainty.near_optimal import hop_skip_jump, ranges
from teraplan.uncertainty.networks import (
    Exposure,
    Impact,
    Network,
    performance_impact,
    risk_exposure,
    time_to_survive,
)
from teraplan.uncertainty.stages.core import ScenarioChange, TwoStageCore
from teraplan.uncertainty.stages.two_stage import TwoStageResult, solve_two_stage

__all__ = [
    "Cloud",
    "Exposure",
    "Flows",
    "Group",
    "Impact",
    "Means",
    "Network",
    "ScenarioChange",
    "Shock",
    "Target",
    "TwoStageCore",
    "TwoStageResult",
    "flows_of",
    "groups_of",
    "hop_skip_jump",
    "performance_impact",
    "ranges",
    "risk_exposure",
    "shocked",
    "shocks_of",
    "solve_two_stage",
    "time_to_survive",
]
