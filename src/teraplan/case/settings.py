"""case.toml and scenario files: what is not a table. Fields say what they mean; check_settings holds the rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

FIRST_YEAR, LAST_YEAR = 1900, 2300
NAME = r"^[A-Za-z0-9][A-Za-z0-9_.\-]*$"

Year = Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)]
Time = Annotated[float, Field(ge=FIRST_YEAR, le=LAST_YEAR)]
Name = Annotated[str, Field(pattern=NAME)]
When = Literal["start", "middle", "end"]
View = Literal["system", "buyer"]
Objective = Literal["least_cost", "most_compute"]


def _label(wanted: Any) -> Any:
    """A label or a list of labels, as it is."""
    if not all(
        isinstance(one, str | int | float) for one in (wanted if isinstance(wanted, list | tuple) else [wanted])
    ):
        raise ValueError("is no label")
    return wanted


Where = Mapping[str, Annotated[Any, AfterValidator(_label)]]


@dataclass(frozen=True)
class Period:
    """A stretch of time: label, start [decimal year], length [year]."""

    label: str
    start: float
    years: float


class _Model(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        populate_by_name=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
    )


class PeriodBlock(_Model):
    """One [[period]]: periods of one length."""

    start: Time
    """Start of the first of them [decimal year]."""
    end: Time
    """End of the last of them, not included [decimal year]."""
    step: Annotated[float, Field(gt=0)] = 1.0
    """Length of each [year]."""

    @property
    def count(self) -> float:
        """How many periods the block makes; a whole number if the step divides it."""
        return (self.end - self.start) / self.step


class Timing(_Model):
    """[timing]: when in its year a payment falls."""

    capex: When = "middle"
    """Money of orders."""
    running: When = "middle"
    """Money of activity, capacity in service and carriage."""
    shortage: When = "middle"
    """Worth of demand that is not served."""

    def __getitem__(self, kind: str) -> str:
        """Return the timing of a kind of cost."""
        return str(getattr(self, kind))


class Target(_Model):
    """[target]: the commodity that the plan is for, and how most_compute weighs its years."""

    commodity: str
    """Label in commodities."""
    weights: Literal["demand_curve", "discounted"] | dict[Year, Annotated[float, Field(ge=0)]] = "demand_curve"
    """Value along the demand curve, discount factors, or a weight for each of some years [1]."""


class Settings(_Model):
    """case.toml: what is not a table."""

    name: Name
    """Name of the case."""
    title: str = ""
    """What it is, in a line."""
    model_schema: Annotated[Literal[1], Field(alias="schema")]
    """Version of the case format."""
    stands_on: Name | None = None
    """A case that ships and lends its tables: one that is not here is taken whole, in one that is here the rows replace
    those with the same label in the first column. Lines of lent rows are numbered on from the end of the own file."""
    known_by: date | None = None
    """A backcast reads what was known by this date: no row published later, no capacity begun later."""
    as_of: date
    """Date of the newest fact."""
    base_year: Year
    """Year of the money and of the discounting."""
    currency: str = "USD"
    """Currency of budgets; other currencies need rows in exchange."""
    money_unit: str = "GUSD"
    """Unit of money inside the program, a multiple of the currency."""
    period: tuple[PeriodBlock, ...]
    """The periods, block by block."""
    shown_until: Year | None = None
    """Last year that reports show; later ones only close the horizon."""
    decide_from: Time | None = None
    """Date from which the plan decides [decimal year]: periods that start earlier place no orders, and what was to be
    paid earlier is spent; none: the start of the first period."""
    discount_rate: Annotated[float, Field(ge=0, lt=1)] = 0.08
    """Real, yearly [1/year]."""
    timing: Timing = Timing()
    horizon_end: Literal["annuity", "salvage", "none"] = "annuity"
    """How money for what outlives the horizon is charged."""
    depreciation: Literal["straight_line", "sinking_fund"] = "straight_line"
    """What is left of an overnight cost under salvage: the share of life left, or less of it at a discount rate above
    zero, as if equal yearly sums were put aside with interest."""
    order_timing: Literal["even", "start"] = "even"
    """Orders are spread over their period, or placed at its start."""
    view: View = "system"
    """Whether transfers are cost (buyer) or not (system)."""
    objective: Objective = "least_cost"
    """What is sought."""
    activity_cost_floor: Annotated[float, Field(ge=0, le=1)] = 1e-6
    """A cost on every activity that keeps idle machines idle [money unit per unit of activity]."""
    target: Target
    default_scenario: str | None = None
    """The scenario that is planned when none is named."""

    @property
    def periods(self) -> tuple[Period, ...]:
        """The periods in order; each block's step divides it (check_settings has seen to that)."""
        listed = []
        for block in self.period:
            edges = [block.start + block.step * place for place in range(round(block.count))] + [block.end]
            listed += [Period(_period_label(a, b - a), a, b - a) for a, b in zip(edges, edges[1:], strict=False)]
        return tuple(listed)

    @property
    def decided_from(self) -> float:
        """Date from which the plan decides, never before the first period [decimal year]."""
        start = self.period[0].start
        return start if self.decide_from is None else max(start, self.decide_from)


class EditBlock(_Model):
    """One [[edit]] of a scenario: the cells of a table where every label fits are set, multiplied or added to."""

    table: str
    """Table that is edited."""
    where: Where = {}
    """Labels that the cells must have: a label, a pattern, a list of them, "not ..." or years "2027..2030"."""
    column: str = "value"
    """The number that changes."""
    set: float | None = None
    """What the number becomes, in the unit that the case has inside."""
    multiply: float | None = None
    """What the number is multiplied by."""
    add: float | None = None
    """What is added to it, in the unit that the case has inside."""


class Keep(_Model):
    """One [[keep]] of a scenario: which variables of which stored run hold here."""

    run: Name
    """Name of the run or of the scenario that makes it."""
    variables: tuple[Name, ...] = ("order",)
    """Variables that are kept."""
    where: Where = {}
    """Labels that they must have, as in an edit."""
    from_: Annotated[Time | None, Field(alias="from")] = None
    """Start of the first period in which they are kept [decimal year]."""
    until: Time | None = None
    """Year of the last one."""
    as_: Annotated[Literal["fixed", "floor"], Field(alias="as")] = "fixed"
    """Equal to the stored values, or not below them."""


class ProgrammeSettings(_Model):
    """[programme] of a scenario: outside money on top of what is kept."""

    budget: Annotated[float, Field(ge=0)]
    """What may be spent, undiscounted [currency]."""
    from_: Annotated[Time | None, Field(alias="from")] = None
    """Start of the first period in which it orders [decimal year]."""
    until: Time | None = None
    """Year of the last one."""
    groups: tuple[Where, ...] = ()
    """What it may fund: labels of orders, as in an edit; none: everything."""
    view: View | None = None
    """View under which it is planned."""
    objective: Objective | None = None
    """What it seeks."""


class Scenario(_Model):
    """A scenario file: edits on resolved cells, kept plans, a programme."""

    title: str = ""
    """What happens, in a line."""
    edit: tuple[EditBlock, ...] = ()
    keep: tuple[Keep, ...] = ()
    programme: ProgrammeSettings | None = None
    view: View | None = None
    """View under which it is planned."""
    objective: Objective | None = None
    """What is sought."""


class NodeBlock(_Model):
    """One [[node]] of a file with a tree of futures, or one row of the table `tree`."""

    name: Name
    """Name of the node."""
    parent: Name | None = None
    """The node before; none: the root."""
    known_from: Time | None = None
    """Start of the period from which it is known [decimal year]."""
    probability: float = 1.0
    """How likely it is once its parent is known [1]."""
    scenario: Name | None = None
    """Scenario whose edits hold from then on."""
    edit: tuple[EditBlock, ...] = ()
    """Further edits that hold from then on."""


class TreeFile(_Model):
    """A file with a tree of futures."""

    node: Annotated[tuple[NodeBlock, ...], Field(min_length=1)]


class CoarseRegion(_Model):
    """[regions.NAME] of coarsen.toml: regions that become one."""

    name: str = ""
    """Its name in words."""
    members: Annotated[tuple[Name, ...], Field(min_length=1)]
    """Regions of the source."""


class CoarseSlice(_Model):
    """[slices.NAME] of coarsen.toml: slices that become one."""

    day_type: str
    """Slices of a day type follow each other."""
    order: float
    """Place in the day type."""
    members: Annotated[tuple[Name, ...], Field(min_length=1)]
    """Slices of the source."""


class CoarseRule(_Model):
    """coarsen.toml: how a case is derived from a larger one."""

    source: str
    """The larger case: one that ships, or a folder."""
    name: Name
    """Name of the coarse case."""
    title: str
    """What it is, in a line."""
    period: tuple[PeriodBlock, ...] = ()
    """Its periods, block by block; none: those of the source."""
    regions: Mapping[Name, CoarseRegion] = {}
    """What regions become one; all others stay."""
    slices: Mapping[Name, CoarseSlice] = {}
    """What slices become one; all others stay."""
    demand_steps: Mapping[Name, Annotated[int, Field(ge=2)]] = {}
    """How many neighbouring steps of the demand curves of a commodity become one; those of all others stay."""

    @property
    def region_of(self) -> dict[str, str]:
        """Fine label -> coarse label of the regions that are merged."""
        return {member: label for label, region in self.regions.items() for member in region.members}

    @property
    def slice_of(self) -> dict[str, str]:
        """Fine label -> coarse label of the slices that are merged."""
        return {member: label for label, one in self.slices.items() for member in one.members}


def in_view(settings: Settings, scenario: Scenario | None) -> Settings:
    """Return the settings under a scenario's view and objective; its programme's hold where it says nothing itself."""
    if scenario is None:
        return settings
    programme = scenario.programme
    view = scenario.view or (programme.view if programme else None) or settings.view
    objective = scenario.objective or (programme.objective if programme else None) or settings.objective
    return settings.model_copy(update={"view": view, "objective": objective})


def _period_label(start: float, years: float) -> str:
    """A label that says when: 2027, 2036-2037, 2027Q3, or 2027.300 for what is no part of a year."""
    year = int(start + 1e-9)
    if years > 1 + 1e-9:
        return f"{year}-{int(start + years - 1e-9)}"
    if years > 1 - 1e-9:
        return f"{year}"
    parts, place = 1 / years, (start - year) / years
    if max(abs(parts - round(parts)), abs(place - round(place))) > 1e-6:
        return f"{start:.3f}"
    letter = {2: "H", 4: "Q", 12: "M"}.get(round(parts), "P")
    return f"{year}{letter}{round(place) + 1}"
