"""Teraplan plans, finances and stress-tests the worldwide build-out of AI compute. The public names, nothing else."""

from importlib.metadata import version

from teraplan import finance, industry, market, partnership, uncertainty
from teraplan.case.case import Case
from teraplan.errors import TeraplanError
from teraplan.frontier import frontier
from teraplan.plan import edit, plan, read_case
from teraplan.planner import Planner
from teraplan.report.page import write_report
from teraplan.results.compare import compare
from teraplan.results.results import Results
from teraplan.results.store import load, save
from teraplan.scenario import Request, plan_scenario
from teraplan.uncertainty.alternatives import alternatives
from teraplan.uncertainty.regret import regret
from teraplan.uncertainty.samples.sample import sample
from teraplan.uncertainty.stress.stress import Stress, stress
from teraplan.uncertainty.trees.hedge import hedge

__version__ = version("teraplan")
__all__ = [
    "Case",
    "Planner",
    "Request",
    "Results",
    "Stress",
    "TeraplanError",
    "alternatives",
    "compare",
    "edit",
    "finance",
    "frontier",
    "hedge",
    "industry",
    "load",
    "market",
    "partnership",
    "plan",
    "plan_scenario",
    "read_case",
    "regret",
    "sample",
    "save",
    "stress",
    "uncertainty",
    "write_report",
]
