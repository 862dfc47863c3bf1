"""The same work on a Dask cluster: its executor is one like any other."""

from pathlib import Path

import polars as pl
import pytest

from plans.small_work import killed, picky
from teraplan.executor import Failure, Store, run_cases

distributed = pytest.importorskip("distributed", reason="teraplan[cluster] is not installed")


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_gives_the_same_results_though_a_worker_is_killed(tmp_path: Path) -> None:
    """Number 3 ends its worker once; Dask starts another one and does again what was lost."""
    folder = tmp_path / "kills"
    folder.mkdir()
    (folder / "kill").touch()
    items = {f"draw {number}": (float(number), str(folder)) for number in range(6)}
    with (
        distributed.LocalCluster(2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        outcome = run_cases(killed, items, client.get_executor(), Store(tmp_path / "kept"))
        failures = run_cases(picky, {"one": 1.0, "two": 2.0, "three": 3.0}, client.get_executor()).failures
    assert not list(folder.iterdir())
    assert pl.concat(outcome.results.values())["number"].to_list() == [0, 1, 2, 3, 4, 5]
    assert failures == {
        "one": Failure("no plan can meet the case", "Infeasible", 3),
        "two": Failure("two", "ZeroDivisionError"),
    }
