"""What is wrong in case.toml or in a scenario is told with line and key: TOML, types, names, periods, edits."""

from pathlib import Path

import pytest

from case.folders import FILES, SETTINGS, changed, faults_of, says, write
from teraplan.case.read import load_tables, parse_scenario, read_scenario
from teraplan.errors import CaseError

BLOCK = "[[period]]\nstart = 2025\nend = 2030\nstep = 1\n"

WRONG = {
    "an unknown setting is told with its likely meaning": (
        changed("case.toml", "base_year", "basis_year"),
        "case.toml line 4, basis_year",
        "is not a setting",
        "did you mean 'base_year'",
    ),
    "an unknown setting in a table is told with those of the table": (
        changed("case.toml", 'commodity = "compute"', 'comodity = "compute"'),
        "case.toml line 13, target, comodity",
        "is not a setting",
        "did you mean 'commodity'",
    ),
    "a setting that is missing is told": (
        changed("case.toml", "base_year = 2025\n", ""),
        "case.toml, base_year",
        "is missing",
        "add it",
    ),
    "broken TOML is told with line and column": (
        changed("case.toml", "base_year = 2025", "base_year ="),
        "case.toml line 4, column 12",
        "is not valid TOML: Invalid value",
        "mend that line",
    ),
    "TOML that breaks off is told": (
        {"case.toml": 'name = "small'},
        "case.toml, at its end",
        "is not valid TOML",
        "mend that line",
    ),
    "TOML without end is told": (
        {"case.toml": f"a = {'[' * 100_000}"},
        "case.toml",
        "is not valid TOML",
        "plain numbers",
    ),
    "a number of five thousand digits is told": (
        changed("case.toml", "base_year = 2025", f"base_year = {'2' * 5_000}"),
        "case.toml",
        "is not valid TOML",
        "plain numbers",
    ),
    "a key twice is told": (
        {"case.toml": f'title = "a"\ntitle = "b"\n{SETTINGS}'},
        "case.toml line 2, column 12",
        "is not valid TOML",
        "mend that line",
    ),
    "text where a number stands is told": (
        changed("case.toml", "base_year = 2025", 'base_year = "2025"'),
        "case.toml line 4, base_year",
        "is not a whole number",
        "whole number",
    ),
    "a truth where a number stands is told": (
        changed("case.toml", "step = 1", "step = true"),
        "case.toml line 10, period 1, step",
        "is not a number",
        "plain number",
    ),
    "a number where text stands is told": (
        changed("case.toml", 'name = "small"', "name = 7"),
        "case.toml line 1, name",
        "is not text",
        "in quotes",
    ),
    "a name that could be a path is told": (
        changed("case.toml", 'name = "small"', 'name = "../small"'),
        "case.toml line 1, name",
        "is not a name",
        "letters, digits",
    ),
    "a day that is no day is told": (
        changed("case.toml", "as_of = 2026-11-24", 'as_of = "yesterday"'),
        "case.toml line 3, as_of",
        "is not a date",
        "2026-11-24",
    ),
    "a table where a list of tables stands is told": (
        changed("case.toml", "[[period]]", "[period]"),
        "case.toml line 7, period",
        "is not a list",
        r"\[\[",
    ),
    "a word that is no choice is told with the choices": (
        {"case.toml": f'view = "seller"\n{SETTINGS}'},
        "case.toml line 1, view",
        "'system' or 'buyer'",
        "such a value",
    ),
    "another version of the format is told": (
        changed("case.toml", "schema = 1", "schema = 2"),
        "case.toml line 2, schema",
        "should be 1",
        "such a value",
    ),
    "a rate that is not finite is told": (
        {"case.toml": f"discount_rate = nan\n{SETTINGS}"},
        "case.toml line 1, discount_rate",
        "is not a finite number",
        "plain number",
    ),
    "a rate above one is told": (
        {"case.toml": f"discount_rate = 8\n{SETTINGS}"},
        "case.toml line 1, discount_rate",
        "less than 1",
        "such a value",
    ),
    "a year out of all time is told": (
        changed("case.toml", "end = 2030", "end = 20300"),
        "case.toml line 9, period 1, end",
        "less than or equal to 2300",
        "such a value",
    ),
    "periods that overlap are told": (
        {"case.toml": SETTINGS.replace("[target]", f"{BLOCK.replace('2025', '2029')}\n[target]")},
        "case.toml line 13, period 2, start",
        "periods overlap between 2030 and 2029",
        "start at 2030",
    ),
    "periods that leave a gap are told": (
        {"case.toml": SETTINGS.replace("[target]", f"{BLOCK.replace('2030', '2040').replace('2025', '2032')}[target]")},
        "case.toml line 13, period 2, start",
        "periods leave a gap between 2030 and 2032",
        "start at 2030",
    ),
    "a period that ends before it starts is told": (
        changed("case.toml", "end = 2030", "end = 2025"),
        "case.toml line 9, period 1, end",
        "2025 is not after 2025",
        "end it after its start",
    ),
    "a case without periods is told": (
        {"case.toml": SETTINGS.replace(BLOCK, "").replace("schema = 1", "schema = 1\nperiod = []")},
        "case.toml line 3, period",
        "there are no periods",
        r"add a \[\[period\]\]",
    ),
    "a step that does not divide its block is told": (
        changed("case.toml", "step = 1", "step = 2"),
        "case.toml line 10, period 1, step",
        "5 years hold 2.5 periods of 2 years",
        "divide",
    ),
    "a step longer than its block is told": (
        changed("case.toml", "step = 1", "step = 11"),
        "case.toml line 10, period 1, step",
        "5 years hold 0.4",
        "divide",
    ),
    "a step of nothing is told": (
        changed("case.toml", "step = 1", "step = 0"),
        "case.toml line 10, period 1, step",
        "greater than 0",
        "such a value",
    ),
    "five thousand million periods are told and not made": (
        changed("case.toml", "step = 1", "step = 1e-9"),
        "case.toml line 7, period",
        r"make 5e\+09 periods, at most 400",
        "longer",
    ),
    "the smallest step that there is makes no periods": (
        changed("case.toml", "step = 1", "step = 5e-324"),
        "case.toml line 7, period",
        "make inf periods, at most 400",
        "longer",
    ),
    "periods that would share a name are told": (
        changed("case.toml", "end = 2030\nstep = 1", "end = 2025.01\nstep = 0.0001"),
        "case.toml line 7, period",
        "stand for more than one period",
        "whole years",
    ),
    "a plan that decides after its end is told": (
        changed("case.toml", "decide_from = 2025", "decide_from = 2030"),
        "case.toml line 5, decide_from",
        "2030 is after the last period",
        "before 2030",
    ),
    "a plan that shows nothing is told": (
        {"case.toml": f"shown_until = 2020\n{SETTINGS}"},
        "case.toml line 1, shown_until",
        "2020 is before the first period",
        "2025 or later",
    ),
    "a currency that is none is told": (
        {"case.toml": f'currency = "DOGE"\n{SETTINGS}'},
        "case.toml, money_unit",
        "DOGE",
        "multiple of the currency",
    ),
    "a money unit of another currency is told": (
        {"case.toml": f'money_unit = "GEUR"\n{SETTINGS}'},
        "case.toml line 1, money_unit",
        "dimension",
        "multiple of the currency",
    ),
    "weights of years that are not planned are told": (
        {"case.toml": f"{SETTINGS}weights = {{ 2040 = 1.0 }}\n"},
        "case.toml line 14, target, weights",
        "no planned year has a weight",
        "from 2025 to 2030",
    ),
    "a target that does not exist is told": (
        changed("case.toml", 'commodity = "compute"', 'commodity = "computer"'),
        "case.toml, target, commodity",
        "'computer' is not declared in commodities.csv",
        "did you mean 'compute'",
    ),
    "a target that nobody asks for is told": (
        changed("case.toml", 'commodity = "compute"', 'commodity = "chip"'),
        "case.toml, target, commodity",
        "nobody asks for 'chip'",
        "another target",
    ),
    "a default scenario that does not exist is told": (
        {"case.toml": f'default_scenario = "trnd"\n{SETTINGS}', "scenarios/trend.toml": ""},
        "case.toml, default_scenario",
        "'trnd' is not among the case's scenarios",
        "did you mean 'trend'",
    ),
}

EDIT = '[[edit]]\ntable = "costs"\nwhere = { process = "fab" }\n'
KEEP = '[[keep]]\nrun = "trend"\n'
SCENARIOS = {
    "an unknown key": (
        f"{EDIT}multiplied = 2\n",
        "scenarios/try.toml line 4, edit 1, multiplied",
        "is not a setting",
        "did you mean 'multiply'",
    ),
    "an edit that changes nothing": (EDIT, "scenarios/try.toml line 1, edit 1", "changes nothing", "exactly one"),
    "an edit that changes in two ways": (
        f"{EDIT}set = 1\nadd = 1\n",
        "scenarios/try.toml line 1, edit 1",
        "has set and add",
        "exactly one",
    ),
    "an edit that sets no number": (
        f"{EDIT}set = inf\n",
        "scenarios/try.toml line 4, edit 1, set",
        "is not a finite number",
        "plain number",
    ),
    "the second of two edits": (
        f'{EDIT}set = 1\n{EDIT}set = "a"\n',
        "scenarios/try.toml line 8, edit 2, set",
        "is not a number",
        "plain number",
    ),
    "labels that are no labels": (
        '[[edit]]\ntable = "costs"\nwhere = { process = { a = 1 } }\nset = 1\n',
        "scenarios/try.toml line 3, edit 1, where, process",
        "is no label",
        "a list of them",
    ),
    "a table as a number": (
        "[[edit]]\ntable = 7\nset = 1\n",
        "scenarios/try.toml line 2, edit 1, table",
        "is not text",
        "in quotes",
    ),
    "a kept run that is a path": (
        '[[keep]]\nrun = "../../trend"\n',
        "scenarios/try.toml line 2, keep 1, run",
        "is not a name",
        "letters, digits",
    ),
    "a way to keep that does not exist": (
        f'{KEEP}as = "ceiling"\n',
        "scenarios/try.toml line 3, keep 1, as",
        "'fixed' or 'floor'",
        "such a value",
    ),
    "a time that ends before it begins": (
        f"{KEEP}from = 2030\nuntil = 2027\n",
        "scenarios/try.toml line 4, keep 1, until",
        "2027 is before 2030",
        "after its start",
    ),
    "a programme on top of nothing": (
        "[programme]\nbudget = 1e12\n",
        "scenarios/try.toml line 1, programme",
        "stands on no plan",
        r"add a \[\[keep\]\]",
    ),
    "a programme with a negative budget": (
        f"{KEEP}[programme]\nbudget = -1\n",
        "scenarios/try.toml line 4, programme, budget",
        "greater than or equal to 0",
        "such a value",
    ),
    "a programme that funds what orders do not have": (
        f'{KEEP}[programme]\nbudget = 1\ngroups = [{{ comodity = "chip" }}]\n',
        "scenarios/try.toml line 5, programme, groups",
        "group 1 names 'comodity'",
        "process, region, period",
    ),
    "broken TOML": (
        "title = \n",
        "scenarios/try.toml line 1, column 9",
        "is not valid TOML",
        "mend that line",
    ),
}


@pytest.mark.parametrize(("changes", "where", "what", "fix"), WRONG.values(), ids=WRONG)
def test_settings(tmp_path: Path, changes: dict[str, str], where: str, what: str, fix: str) -> None:
    assert says(faults_of(tmp_path, changes), where, what, fix)


@pytest.mark.parametrize(("text", "where", "what", "fix"), SCENARIOS.values(), ids=SCENARIOS)
def test_a_scenario_is_refused_for(tmp_path: Path, text: str, where: str, what: str, fix: str) -> None:
    assert says(faults_of(tmp_path, {"scenarios/try.toml": text}, scenario="try"), where, what, fix)


def test_every_fault_of_the_settings_is_told_at_once(tmp_path: Path) -> None:
    text = SETTINGS.replace('name = "small"', "name = 7").replace("step = 1", "step = -1") + "weights = 5\nextra = 1\n"
    told = {fault.where.split(", ", 1)[1] for fault in faults_of(tmp_path, {"case.toml": text})}
    assert told == {"name", "period 1, step", "target, weights", "target, extra"}


def test_faults_of_settings_and_tables_are_told_at_once(tmp_path: Path) -> None:
    changes = {**changed("case.toml", "step = 1", "step = 2"), **changed("lead_times.csv", "12,month", "x,month")}
    told = [fault.where for fault in faults_of(tmp_path, changes)]
    assert told == ["case.toml line 10, period 1, step", "lead_times.csv line 2, column value"]


def test_a_scenario_that_does_not_exist_is_told_with_those_there_are(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, {"scenarios/trend.toml": ""}, scenario="tend")
    assert says(faults, "scenario 'tend'", "is not among the case's scenarios", "did you mean 'trend'")


def test_the_faults_of_an_edit_file_are_an_error_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(EDIT)
    with pytest.raises(CaseError) as caught:
        parse_scenario(path)
    assert says(caught.value.faults, "mine.toml line 1, edit 1", "changes nothing", "exactly one")


@pytest.mark.parametrize(("first", "last"), [("2031", "2035"), ("2020", "2023"), ("2026.5", "2025.7")])
def test_a_time_in_which_no_period_starts_is_told(tmp_path: Path, first: str, last: str) -> None:
    text = f"{KEEP}[programme]\nbudget = 1e12\nfrom = {first}\nuntil = {last}\n"
    faults = faults_of(tmp_path, {"scenarios/try.toml": text}, scenario="try")
    assert says(faults, "scenarios/try.toml, programme", "no period of the case starts in its time", "2025 to 2029")


def test_a_scenario_holds_edits_kept_plans_and_a_programme(tmp_path: Path) -> None:
    text = f'{EDIT}multiply = 2\n{KEEP}variables = ["order"]\nas = "floor"\n[programme]\nbudget = 7e12\nfrom = 2027\n'
    write(tmp_path, {"scenarios/try.toml": text})
    scenario, faults = read_scenario(tmp_path, "try")
    assert scenario is not None and not faults
    assert scenario.edit[0].multiply == 2 and scenario.edit[0].where == {"process": "fab"}
    assert scenario.keep[0].variables == ("order",) and scenario.keep[0].as_ == "floor"
    assert scenario.programme is not None and (scenario.programme.budget, scenario.programme.from_) == (7e12, 2027)


def test_a_scenario_chooses_view_and_objective_and_else_its_programme_does(tmp_path: Path) -> None:
    programme = f'{KEEP}[programme]\nbudget = 1\nview = "buyer"\nobjective = "most_compute"\n'
    changes = {"scenarios/one.toml": programme, "scenarios/two.toml": f'view = "system"\n{programme}'}
    folder = write(tmp_path, changes)
    one, two = load_tables(folder, "one").settings, load_tables(folder, "two").settings
    assert (one.view, one.objective) == ("buyer", "most_compute")
    assert (two.view, two.objective) == ("system", "most_compute")
    assert load_tables(folder).settings.view == "system"


@pytest.mark.parametrize(
    ("step", "labels"),
    [
        ("1", ["2025", "2026", "2027", "2028", "2029"]),
        ("2.5", ["2025-2027", "2027-2029"]),
        ("5", ["2025-2029"]),
        ("0.5", ["2025H1", "2025H2", "2026H1", "2026H2", "2027H1"]),
        ("0.625", ["2025.000", "2025.625", "2026.250", "2026.875", "2027.500"]),
        ("0.25", ["2025Q1", "2025Q2", "2025Q3", "2025Q4", "2026Q1"]),
    ],
)
def test_periods_are_called_by_their_time(tmp_path: Path, step: str, labels: list[str]) -> None:
    settings = load_tables(write(tmp_path, changed("case.toml", "step = 1", f"step = {step}"))).settings
    assert [period.label for period in settings.periods][:5] == labels
    assert sum(period.years for period in settings.periods) == pytest.approx(5)


def test_weights_by_year_may_be_given(tmp_path: Path) -> None:
    tables = load_tables(write(tmp_path, {"case.toml": f"{FILES['case.toml']}weights = {{ 2028 = 1, 2029 = 2 }}\n"}))
    assert tables.settings.target.weights == {2028: 1.0, 2029: 2.0}
