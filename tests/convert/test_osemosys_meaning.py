"""What each parameter of an OSeMOSYS model means in a case: small models with the arithmetic of their optimum.

The smallest model asks for 8 in slice D and 2 in slice N in each of three years, and P makes them at 1 each: 30.
"""

from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from convert.small_models import converted, optimum, planned, write_csv, write_model
from teraplan.cli.app import app
from teraplan.convert.osemosys import convert_osemosys
from teraplan.errors import CaseError, Infeasible
from teraplan.plan import read_case

TWO = {"TECHNOLOGY": ("P", "Q")}
MAKES = {("R", "P", "EL", 1): 1.0, ("R", "Q", "EL", 1): 1.0}
PRICES = {("R", "P", 1): 1.0, ("R", "Q", 1): 3.0}
CO2 = {"EMISSION": ("CO2",)}


def rows(folder: Path, table: str) -> list[tuple[object, ...]]:
    return list(pl.read_csv(folder / f"{table}.csv", infer_schema=False).drop("source", "grade").iter_rows())


def test_the_smallest_model(tmp_path: Path) -> None:
    assert optimum(write_model(tmp_path / "m")) == pytest.approx(30)


def test_a_default_of_config_holds_everywhere(tmp_path: Path) -> None:
    """VariableCost has no row and a default of 2: 60."""
    folder = write_model(tmp_path / "m", VariableCost={})
    (folder / "config.yaml").write_text("VariableCost:\n    type: param\n    default: 2\n")
    assert optimum(folder) == pytest.approx(60)


@pytest.mark.parametrize("name", ["TotalTechnologyAnnualActivityUp", "TotalTechnologyAnnualActivityUpperLimit"])
def test_short_and_long_names_are_one(tmp_path: Path, name: str) -> None:
    """P makes at most 4 a year, Q the other 6 at 3: 3 x (4 + 18) = 66."""
    folder = write_model(tmp_path / "m", TWO, OutputActivityRatio=MAKES, VariableCost=PRICES)
    cells = [["R", "P", year, 4.0] for year in (2020, 2021, 2022)]
    write_csv(folder / f"{name}.csv", ["REGION", "TECHNOLOGY", "YEAR", "VALUE"], cells)
    assert optimum(folder) == pytest.approx(66)


def test_wide_tables_are_read_and_columns_may_stand_in_any_order(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "m")
    write_csv(folder / "VariableCost.csv", ["TECHNOLOGY", "REGION", "MODEOFOPERATION", "2020", "2021", "2022"],
              [["P", "R", 1, 1, 2, 3]])  # fmt: skip
    assert optimum(folder) == pytest.approx(60)


@pytest.mark.parametrize(("default", "limited"), [(-1, False), (9999, False), (99999, False), (4, True)])
def test_minus_one_and_nines_are_no_limit(tmp_path: Path, default: int, limited: bool) -> None:
    folder = write_model(tmp_path / "m", TWO, OutputActivityRatio=MAKES, VariableCost=PRICES)
    config = f"TotalTechnologyAnnualActivityUpperLimit:\n    type: param\n    default: {default}\n"
    (folder / "config.yaml").write_text(config)
    case = converted(folder)
    assert (case / "limits.csv").exists() == limited


def test_a_limit_that_stands_in_some_years_ends_in_the_others(tmp_path: Path) -> None:
    """P makes at most 4 in 2020 and 2022: 22 + 10 + 22 = 54."""
    limit = {("R", "P", 2020): 4.0, ("R", "P", 2021): -1.0, ("R", "P", 2022): 4.0}
    folder = write_model(
        tmp_path / "m",
        TWO,
        OutputActivityRatio=MAKES,
        VariableCost=PRICES,
        TotalTechnologyAnnualActivityUpperLimit=limit,
    )
    assert optimum(folder) == pytest.approx(54)


def test_activity_of_all_years_has_a_ceiling_and_a_floor(tmp_path: Path) -> None:
    """P makes 20 of 30 at most: 20 + 3 x 10 = 50. Q makes 12 at least: 18 + 36 = 54."""
    base = {"OutputActivityRatio": MAKES, "VariableCost": PRICES}
    at_most = {("R", "P"): 20.0}
    at_least = {("R", "Q"): 12.0}
    most = write_model(tmp_path / "a", TWO, TotalTechnologyModelPeriodActivityUpperLimit=at_most, **base)
    least = write_model(tmp_path / "b", TWO, TotalTechnologyModelPeriodActivityLowerLimit=at_least, **base)
    assert optimum(most) == pytest.approx(50)
    assert optimum(least) == pytest.approx(54)


def test_capacity_is_usable_in_the_year_it_is_built_and_lives_whole_years(tmp_path: Path) -> None:
    """8 in half a year needs a capacity of 16. At a life of 2 it is built in 2020 and 2022, half of that left: 240."""
    money = {"CapitalCost": {("R", "P"): 10.0}, "VariableCost": {}, "OperationalLife": {("R", "P"): 2.0}}
    assert optimum(write_model(tmp_path / "m", DepreciationMethod={("R",): 2.0}, **money)) == pytest.approx(240)


def test_capacity_factor_by_slice_and_availability_over_the_year(tmp_path: Path) -> None:
    """D: 8 / (0.5 x 0.5) = 32. Over the year (0.5 x 0.5 + 0.5 x 1) x 0.3 = 0.225 of it: 10 / 0.225 = 44.4."""
    money = {"CapitalCost": {("R", "P"): 9.0}, "VariableCost": {}}
    shape = {("R", "P", "D"): 0.5, ("R", "P", "N"): 1.0}
    alone = write_model(tmp_path / "a", CapacityFactor=shape, **money)
    both = write_model(tmp_path / "b", CapacityFactor=shape, AvailabilityFactor={("R", "P"): 0.3}, **money)
    assert optimum(alone) == pytest.approx(3 * 32 * 9)
    assert optimum(both) == pytest.approx(3 * 10 / 0.225 * 9)


def test_a_capacity_factor_above_one_is_kept(tmp_path: Path) -> None:
    """8 / (0.5 x 1.6) = 10."""
    money = {"CapitalCost": {("R", "P"): 1.0}, "VariableCost": {}}
    folder = write_model(tmp_path / "m", CapacityFactor={("R", "P", "D"): 1.6, ("R", "P", "N"): 0.5}, **money)
    assert optimum(folder) == pytest.approx(30)


def test_a_year_split_may_change_from_year_to_year_and_need_not_sum_to_one(tmp_path: Path) -> None:
    """D is 0.4, 0.5 and 0.64 of its year: capacities 20, 16, 12.5; N is the larger nowhere."""
    split = {("D", 2020): 0.4, ("N", 2020): 0.6, ("D", 2021): 0.5, ("N", 2021): 0.4999, ("D", 2022): 0.64,
             ("N", 2022): 0.36}  # fmt: skip
    folder = write_model(tmp_path / "m", YearSplit=split, CapitalCost={("R", "P"): 1.0}, VariableCost={})
    assert optimum(folder) == pytest.approx(20 + 16 + 12.5)


def test_residual_capacity_pays_its_fixed_cost(tmp_path: Path) -> None:
    """16 are needed, 20 are there: 3 x 20 x 2, and the running cost of 30."""
    folder = write_model(tmp_path / "m", ResidualCapacity={("R", "P"): 20.0}, FixedCost={("R", "P"): 2.0})
    assert optimum(folder) == pytest.approx(120 + 30)


def test_demand_of_the_year_is_not_added_to_that_of_the_slices(tmp_path: Path) -> None:
    """OSeMOSYS holds both against the same output: 13 a year, 10 of them in the slices, cost 13 a year."""
    folder = write_model(tmp_path / "m", AccumulatedAnnualDemand={("R", "EL"): 13.0})
    assert optimum(folder) == pytest.approx(39)


def test_demand_of_the_year_alone_is_met_whenever_it_is_cheapest(tmp_path: Path) -> None:
    """No shape: 10 in both slices together need a capacity of 10, not of 16."""
    folder = write_model(
        tmp_path / "m",
        SpecifiedAnnualDemand={},
        SpecifiedDemandProfile={},
        AccumulatedAnnualDemand={("R", "EL"): 10.0},
        CapitalCost={("R", "P"): 1.0},
    )
    assert optimum(folder) == pytest.approx(30 + 30)


def test_emissions_outside_the_model_count_against_the_limit_and_cost_nothing(tmp_path: Path) -> None:
    """P emits 1, Q none: 6 - 2 = 4 by P at 1 + 0.5, 6 by Q at 3, every year."""
    folder = write_model(
        tmp_path / "m",
        {**TWO, **CO2},
        OutputActivityRatio=MAKES,
        VariableCost=PRICES,
        EmissionActivityRatio={("R", "P", "CO2", 1): 1.0},
        EmissionsPenalty={("R", "CO2"): 0.5},
        AnnualEmissionLimit={("R", "CO2"): 6.0},
        AnnualExogenousEmission={("R", "CO2"): 2.0},
    )
    assert optimum(folder) == pytest.approx(3 * (6 + 18))


def test_a_budget_of_emissions_holds_over_all_years_and_may_be_earned_back(tmp_path: Path) -> None:
    """P emits 1, Q takes 0.5 back: of 30, 13 - 1 = 12 may be left, so p - 0.5 q = 12, p = 18, q = 12: 18 + 36."""
    folder = write_model(
        tmp_path / "m",
        {**TWO, **CO2},
        OutputActivityRatio=MAKES,
        VariableCost=PRICES,
        EmissionActivityRatio={("R", "P", "CO2", 1): 1.0, ("R", "Q", "CO2", 1): -0.5},
        ModelPeriodEmissionLimit={("R", "CO2"): 13.0},
        ModelPeriodExogenousEmission={("R", "CO2"): 1.0},
    )
    assert optimum(folder) == pytest.approx(54)


def test_a_reserve_margin_counts_tagged_capacity_against_tagged_output(tmp_path: Path) -> None:
    """16 run in D; x 1.25 = 20 firm: P counts for half of itself, Q in full at the same price: 12 of Q, 16 of P."""
    folder = write_model(
        tmp_path / "m",
        TWO,
        OutputActivityRatio=MAKES,
        VariableCost={("R", "Q", 1): 9.0},
        CapitalCost={("R", "P"): 1.0, ("R", "Q"): 1.0},
        ReserveMargin={("R",): 1.25},
        ReserveMarginTagFuel={("R", "EL"): 1.0},
        ReserveMarginTagTechnology={("R", "P"): 0.5, ("R", "Q"): 1.0},
    )
    assert optimum(folder) == pytest.approx(3 * 28)


def test_a_renewable_target_is_a_share_of_tagged_fuels(tmp_path: Path) -> None:
    """At least 40 % of 10 by Q: 6 + 12 every year."""
    folder = write_model(
        tmp_path / "m",
        TWO,
        OutputActivityRatio=MAKES,
        VariableCost=PRICES,
        REMinProductionTarget={("R",): 0.4},
        RETagFuel={("R", "EL"): 1.0},
        RETagTechnology={("R", "Q"): 1.0},
    )
    assert optimum(folder) == pytest.approx(54)


@pytest.mark.parametrize(
    ("owner", "expected"), [({}, 1.0), ({("R", "P"): 0.2}, (0.2 / 1.2 / (1 - 1.2**-3)) * ((1 - 1.1**-3) * 1.1 / 0.1))]
)
def test_a_hurdle_rate_raises_what_an_investment_costs(
    tmp_path: Path, owner: dict[tuple[object, ...], float], expected: float
) -> None:
    """16 built in 2020 for 3 years: times capital recovery factor at 20 % x present value of an annuity-due at 10 %."""
    folder = write_model(
        tmp_path / "m",
        DiscountRate=0.1,
        DiscountRateIdv=owner,
        OperationalLife=3.0,
        CapitalCost={("R", "P"): 10.0},
        VariableCost={},
    )
    assert optimum(folder) == pytest.approx(160 * expected)


def test_a_technology_may_be_discounted_at_a_rate_of_its_own(tmp_path: Path) -> None:
    """P at 0, Q at 10 %: P runs, half of its last order is left. Q must make 2 a year at 3, in mid-year."""
    folder = write_model(
        tmp_path / "m",
        TWO,
        OutputActivityRatio=MAKES,
        VariableCost=PRICES,
        OperationalLife=2.0,
        TotalTechnologyAnnualActivityLowerLimit={("R", "Q"): 2.0},
        ResidualCapacity={("R", "Q"): 9.0},
        FixedCost={("R", "Q"): 1.0},
        CapitalCost={("R", "P"): 1.0},
    )
    (folder / "DiscountRate.csv").write_text("REGION,TECHNOLOGY,VALUE\nR,P,0\nR,Q,0.1\n")
    running = sum((9 + 6) * 1.1 ** -(age + 0.5) for age in range(3))
    at_work = 8 - 2  # in D: what Q must make, it makes there
    assert optimum(folder) == pytest.approx(running + 24 + (2 * at_work) * (1 + 1 - 0.5))


def test_regions_may_differ_in_rate_and_depreciation(tmp_path: Path) -> None:
    """R: 0 and straight line, S: 10 % and sinking fund; 16 each in 2020, life 6, three years used."""
    both = {"REGION": ("R", "S")}
    folder = write_model(
        tmp_path / "m",
        both,
        OutputActivityRatio={("R", "P", "EL", 1): 1.0, ("S", "P", "EL", 1): 1.0},
        SpecifiedAnnualDemand={("R", "EL"): 10.0, ("S", "EL"): 10.0},
        SpecifiedDemandProfile={(r, "EL", s): v for r in "RS" for s, v in (("D", 0.8), ("N", 0.2))},
        VariableCost={},
        DiscountRate={("R",): 0.0, ("S",): 0.1},
        DepreciationMethod={("R",): 2.0, ("S",): 1.0},
        OperationalLife=6.0,
        CapitalCost=1.0,
    )
    left = 1 - (1.1**3 - 1) / (1.1**6 - 1)
    assert optimum(folder) == pytest.approx(16 * 0.5 + 16 * (1 - left * 1.1**-3))


def test_fuels_are_traded_both_ways_without_cost(tmp_path: Path) -> None:
    """Only R can make EL, S asks for it."""
    folder = write_model(
        tmp_path / "m",
        {"REGION": ("R", "S")},
        SpecifiedAnnualDemand={("S", "EL"): 10.0},
        SpecifiedDemandProfile={("S", "EL", "D"): 0.8, ("S", "EL", "N"): 0.2},
        TradeRoute={("R", "S", "EL"): 1.0, ("S", "R", "EL"): 1.0},
    )
    assert optimum(folder) == pytest.approx(30)


def test_what_differs_between_regions_is_a_process_in_each(tmp_path: Path) -> None:
    lives = {("R", "P"): 1.0, ("S", "P"): 2.0}
    makes = {("R", "P", "EL", 1): 1.0, ("S", "P", "EL", 1): 1.0}
    folder = write_model(tmp_path / "m", {"REGION": ("R", "S")}, OperationalLife=lives, OutputActivityRatio=makes)
    case = converted(folder)
    assert [row[0] for row in rows(case, "processes")] == ["P__R", "P__S"]


def test_labels_become_names_of_a_case(tmp_path: Path) -> None:
    """Blanks and slashes become _; an emission called like a fuel says that it is one."""
    sets = {"REGION": ("New Land",), "TECHNOLOGY": ("Gas / CC",), "FUEL": ("EL",), "EMISSION": ("EL",)}
    folder = write_model(
        tmp_path / "m",
        sets,
        OutputActivityRatio={("New Land", "Gas / CC", "EL", 1): 1.0},
        EmissionActivityRatio={("New Land", "Gas / CC", "EL", 1): 1.0},
        SpecifiedAnnualDemand={("New Land", "EL"): 10.0},
        SpecifiedDemandProfile={("New Land", "EL", "D"): 0.8, ("New Land", "EL", "N"): 0.2},
        VariableCost={("New Land", "Gas / CC", 1): 1.0},
    )
    results = planned(folder)
    assert results.run["objective"] == pytest.approx(30)
    assert results.frame("order")["process"].unique().to_list() == ["Gas___CC"]
    assert set(results.frame("commodities")["commodity"]) == {"EL", "EL_emission"}


def test_what_can_never_run_is_left_out_and_said(tmp_path: Path) -> None:
    folder = write_model(
        tmp_path / "m",
        {**TWO, "FUEL": ("EL", "SUN")},
        OutputActivityRatio=MAKES,
        InputActivityRatio={("R", "Q", "SUN", 1): 1.0},
    )
    made = convert_osemosys(folder, tmp_path / "case")
    assert made.left_out == ("Q in R can never run: nothing makes SUN",)
    assert [row[0] for row in rows(tmp_path / "case", "processes")] == ["P"]


def test_every_number_says_where_it_is_from(tmp_path: Path) -> None:
    case = converted(write_model(tmp_path / "m"))
    costs = pl.read_csv(case / "costs.csv", infer_schema=False)
    sources = pl.read_csv(case / "sources.csv", infer_schema=False)
    assert set(costs["source"]) == set(sources["source"]) and set(costs["grade"]) == {"reported"}


def test_results_and_parameters_without_effect_are_no_fault(tmp_path: Path) -> None:
    """A file of results, an empty file of something unknown, and a margin on nothing that is tagged."""
    folder = write_model(tmp_path / "m", ReserveMargin={("R",): 1.2})
    (folder / "NewCapacity.csv").write_text("REGION,TECHNOLOGY,YEAR,VALUE\nR,P,2020,3\n")
    (folder / "UDCTag.csv").write_text("REGION,UDC,VALUE\n")
    assert optimum(folder) == pytest.approx(30)


def test_a_model_without_demand_runs_what_it_must(tmp_path: Path) -> None:
    """P runs 4 a year for its own sake."""
    folder = write_model(
        tmp_path / "m",
        SpecifiedAnnualDemand={},
        SpecifiedDemandProfile={},
        TotalTechnologyAnnualActivityLowerLimit={("R", "P"): 4.0},
    )
    assert optimum(folder) == pytest.approx(12)


def test_a_demand_without_a_profile_is_said(tmp_path: Path) -> None:
    made = convert_osemosys(write_model(tmp_path / "m", SpecifiedDemandProfile={}), tmp_path / "case")
    assert made.left_out == ("the demand for EL in R has no profile: OSeMOSYS asks for nothing",)


def test_a_case_may_have_any_folder(tmp_path: Path) -> None:
    made = convert_osemosys(write_model(tmp_path / 'a "b"'), tmp_path / "my case").folder
    assert 'name = "my_case"' in (made / "case.toml").read_text()
    assert read_case(made).name == "my_case"


def test_a_life_may_be_longer_than_any_plan(tmp_path: Path) -> None:
    """999 years, straight line: 3 of them are used of what 16 cost."""
    life = {"OperationalLife": 999.0, "DepreciationMethod": 2.0, "CapitalCost": 1.0, "VariableCost": {}}
    assert optimum(write_model(tmp_path / "m", **life)) == pytest.approx(16 * 3 / 999)


def test_a_converted_case_runs_on_the_command_line(tmp_path: Path) -> None:
    """Its target is not compute: the summary has no cost of an hour, and says everything else."""
    write_model(tmp_path / "m")
    made = CliRunner().invoke(app, ["convert", "osemosys", str(tmp_path / "m"), str(tmp_path / "case")])
    assert made.exit_code == 0, made.output
    ran = CliRunner().invoke(app, ["run", str(tmp_path / "case"), "--out", str(tmp_path / "runs")])
    assert ran.exit_code == 0, ran.output
    assert "optimal, audit passed" in ran.output and "Cost of an hour" not in ran.output


def test_a_reserve_margin_counts_rates_of_output_where_slices_do_not_sum_to_a_year(tmp_path: Path) -> None:
    """8 in slices of 0.4 + 0.4 are a rate of 10; 1.2 of it must stand, at 1 a year."""
    one_year = {"YEAR": (2020,)}
    folder = write_model(
        tmp_path / "m",
        one_year,
        YearSplit=0.4,
        SpecifiedAnnualDemand={},
        AccumulatedAnnualDemand={("R", "EL"): 8.0},
        VariableCost={},
        FixedCost={("R", "P"): 1.0},
        ReserveMargin=1.2,
        ReserveMarginTagFuel={("R", "EL"): 1.0},
        ReserveMarginTagTechnology={("R", "P"): 1.0},
    )
    assert optimum(folder) == pytest.approx(12)


def test_a_mode_may_run_in_years_in_which_it_makes_nothing(tmp_path: Path) -> None:
    """P makes EL in 2020 alone, where 1 is the most of its activity; the other 2 of 3 over all years make nothing."""
    folder = write_model(
        tmp_path / "m",
        {"YEAR": (2020, 2021)},
        OutputActivityRatio={("R", "P", "EL", 1, 2020): 1.0},
        SpecifiedAnnualDemand={},
        TotalTechnologyAnnualActivityUpperLimit={("R", "P", 2020): 1.0},
        TotalTechnologyModelPeriodActivityLowerLimit={("R", "P"): 3.0},
    )
    assert optimum(folder) == pytest.approx(3)


def test_the_cheaper_mode_may_run_where_it_makes_nothing(tmp_path: Path) -> None:
    """2 of activity are a must in 2020, in whichever mode: the one that makes nothing there costs nothing."""
    folder = write_model(
        tmp_path / "m",
        {"YEAR": (2020, 2021), "MODE_OF_OPERATION": (1, 2)},
        OutputActivityRatio={("R", "P", "EL", 1, 2021): 1.0, ("R", "P", "EL", 2): 1.0},
        SpecifiedAnnualDemand={},
        VariableCost={("R", "P", 1): 0.0, ("R", "P", 2): 9.0},
        TotalTechnologyAnnualActivityLowerLimit={("R", "P", 2020): 2.0},
    )
    assert optimum(folder) == pytest.approx(0)


def test_what_can_never_run_cannot_be_made_to(tmp_path: Path) -> None:
    """P uses GAS that nobody makes, and must run."""
    folder = write_model(
        tmp_path / "m",
        {"FUEL": ("EL", "GAS")},
        InputActivityRatio={("R", "P", "GAS", 1): 1.0},
        SpecifiedAnnualDemand={},
        TotalTechnologyAnnualActivityLowerLimit={("R", "P"): 3.0},
    )
    with pytest.raises((CaseError, Infeasible)):
        optimum(folder)


def test_a_store_that_is_empty_and_that_nothing_fills_gives_nothing(tmp_path: Path) -> None:
    store = {"STORAGE": ("S",), "SEASON": (1,), "DAYTYPE": (1,), "DAILYTIMEBRACKET": (1, 2)}
    folder = write_model(
        tmp_path / "m",
        {"TECHNOLOGY": ("P", "OUT"), **store},
        OutputActivityRatio={("R", "P", "EL", 1): 1.0, ("R", "OUT", "EL", 1): 1.0},
        Conversionls={("D", 1): 1.0, ("N", 1): 1.0},
        Conversionld={("D", 1): 1.0, ("N", 1): 1.0},
        Conversionlh={("D", 1): 1.0, ("N", 2): 1.0},
        TechnologyFromStorage={("R", "OUT", "S", 1): 1.0},
        ResidualStorageCapacity={("R", "S"): 9.0},
        StorageMaxChargeRate={("R", "S"): 99.0},
        StorageMaxDischargeRate={("R", "S"): 99.0},
        OperationalLifeStorage={("R", "S"): 5.0},
    )
    assert optimum(folder) == pytest.approx(30)


def test_a_short_name_of_two_parameters_is_a_fault(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "m")
    write_csv(folder / "TotalTechnologyModelPeriodActiv.csv", ["REGION", "TECHNOLOGY", "VALUE"], [["R", "P", 0]])
    with pytest.raises(CaseError, match=r"TotalTechnologyModelPeriodActiv"):
        converted(folder)
