"""Many cases, one question: shocks, samples, trees of futures, near-optimal alternatives."""

from teraplan.uncertainty.core import ScenarioChange, TwoStageCore
from teraplan.uncertainty.two_stage import TwoStageResult, solve_two_stage

__all__ = ["ScenarioChange", "TwoStageCore", "TwoStageResult", "solve_two_stage"]
