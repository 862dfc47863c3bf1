"""The format of OSeMOSYS: its sets and parameters, what they are indexed by, and the defaults that hold everywhere.

Names and defaults are those of the OSeMOSYS model and of otoole, which writes it as a folder of CSV files
(https://otoole.readthedocs.io). A config.yaml overrides the defaults.
"""

from collections import Counter
from collections.abc import Mapping

REGION, TECHNOLOGY, FUEL, EMISSION, STORAGE = "REGION", "TECHNOLOGY", "FUEL", "EMISSION", "STORAGE"
MODE, YEAR, SLICE, OTHER_REGION = "MODE_OF_OPERATION", "YEAR", "TIMESLICE", "_REGION"
SEASON, DAYTYPE, BRACKET = "SEASON", "DAYTYPE", "DAILYTIMEBRACKET"
VALUE = "VALUE"

SETS = (REGION, TECHNOLOGY, FUEL, EMISSION, STORAGE, MODE, YEAR, SLICE, SEASON, DAYTYPE, BRACKET)
NEEDED_SETS = (REGION, TECHNOLOGY, FUEL, MODE, YEAR, SLICE)
NUMBERED_SETS = (MODE, YEAR, SEASON, DAYTYPE, BRACKET)
"""Sets whose members are whole numbers, which some programs write as 1.0."""

OF_TECHNOLOGY, OF_YEAR = (REGION, TECHNOLOGY), (REGION, TECHNOLOGY, YEAR)
OF_STORAGE, OF_STORAGE_YEAR = (REGION, STORAGE), (REGION, STORAGE, YEAR)
LINKS = (REGION, TECHNOLOGY, STORAGE, MODE)
RATIO = (REGION, TECHNOLOGY, FUEL, MODE, YEAR)

PARAMETERS: Mapping[str, tuple[tuple[str, ...], float]] = {
    "YearSplit": ((SLICE, YEAR), 0.0),
    "DiscountRate": ((REGION,), 0.05),
    "DiscountRateOfTechnology": (OF_TECHNOLOGY, 0.05),
    "DiscountRateIdv": (OF_TECHNOLOGY, float("nan")),
    "DiscountRateStorage": (OF_STORAGE, 0.05),
    "DepreciationMethod": ((REGION,), 1.0),
    "DaySplit": ((BRACKET, YEAR), 0.00137),
    "Conversionls": ((SLICE, SEASON), 0.0),
    "Conversionld": ((SLICE, DAYTYPE), 0.0),
    "Conversionlh": ((SLICE, BRACKET), 0.0),
    "DaysInDayType": ((SEASON, DAYTYPE, YEAR), 7.0),
    "TradeRoute": ((REGION, OTHER_REGION, FUEL, YEAR), 0.0),
    "SpecifiedAnnualDemand": ((REGION, FUEL, YEAR), 0.0),
    "SpecifiedDemandProfile": ((REGION, FUEL, SLICE, YEAR), 0.0),
    "AccumulatedAnnualDemand": ((REGION, FUEL, YEAR), 0.0),
    "CapacityToActivityUnit": (OF_TECHNOLOGY, 1.0),
    "CapacityFactor": ((REGION, TECHNOLOGY, SLICE, YEAR), 1.0),
    "AvailabilityFactor": (OF_YEAR, 1.0),
    "OperationalLife": (OF_TECHNOLOGY, 1.0),
    "ResidualCapacity": (OF_YEAR, 0.0),
    "InputActivityRatio": (RATIO, 0.0),
    "OutputActivityRatio": (RATIO, 0.0),
    "CapitalCost": (OF_YEAR, 0.0),
    "VariableCost": ((REGION, TECHNOLOGY, MODE, YEAR), 0.0),
    "FixedCost": (OF_YEAR, 0.0),
    "TechnologyToStorage": (LINKS, 0.0),
    "TechnologyFromStorage": (LINKS, 0.0),
    "StorageLevelStart": (OF_STORAGE, 0.0),
    "StorageMaxChargeRate": (OF_STORAGE, 0.0),
    "StorageMaxDischargeRate": (OF_STORAGE, 0.0),
    "MinStorageCharge": (OF_STORAGE_YEAR, 0.0),
    "OperationalLifeStorage": (OF_STORAGE, 0.0),
    "CapitalCostStorage": (OF_STORAGE_YEAR, 0.0),
    "ResidualStorageCapacity": (OF_STORAGE_YEAR, 999.0),
    "CapacityOfOneTechnologyUnit": (OF_YEAR, 0.0),
    "TotalAnnualMaxCapacity": (OF_YEAR, -1.0),
    "TotalAnnualMinCapacity": (OF_YEAR, 0.0),
    "TotalAnnualMaxCapacityInvestment": (OF_YEAR, -1.0),
    "TotalAnnualMinCapacityInvestment": (OF_YEAR, 0.0),
    "TotalTechnologyAnnualActivityUpperLimit": (OF_YEAR, -1.0),
    "TotalTechnologyAnnualActivityLowerLimit": (OF_YEAR, 0.0),
    "TotalTechnologyModelPeriodActivityUpperLimit": (OF_TECHNOLOGY, -1.0),
    "TotalTechnologyModelPeriodActivityLowerLimit": (OF_TECHNOLOGY, 0.0),
    "ReserveMarginTagTechnology": (OF_YEAR, 0.0),
    "ReserveMarginTagFuel": ((REGION, FUEL, YEAR), 0.0),
    "ReserveMargin": ((REGION, YEAR), 1.0),
    "RETagTechnology": (OF_YEAR, 0.0),
    "RETagFuel": ((REGION, FUEL, YEAR), 0.0),
    "REMinProductionTarget": ((REGION, YEAR), 0.0),
    "EmissionActivityRatio": ((REGION, TECHNOLOGY, EMISSION, MODE, YEAR), 0.0),
    "EmissionsPenalty": ((REGION, EMISSION, YEAR), 0.0),
    "AnnualExogenousEmission": ((REGION, EMISSION, YEAR), 0.0),
    "AnnualEmissionLimit": ((REGION, EMISSION, YEAR), -1.0),
    "ModelPeriodExogenousEmission": ((REGION, EMISSION), 0.0),
    "ModelPeriodEmissionLimit": ((REGION, EMISSION), -1.0),
}
"""Every parameter: what it is indexed by, and its value where neither a file nor config.yaml says anything.

DiscountRateOfTechnology is what we call DiscountRate where its file has technologies, as some versions do. What
DiscountRateIdv does not say (not a number) is the discount rate.
"""

LONGEST = 31
"""How long a name of a sheet may be in a spreadsheet [letter]."""
SHORTENED = Counter(name[:LONGEST] for name in PARAMETERS)
OTHER_NAMES: Mapping[str, str] = {
    "TotalTechnologyModelPeriodActLo": "TotalTechnologyModelPeriodActivityLowerLimit",
    "TotalTechnologyModelPeriodActUp": "TotalTechnologyModelPeriodActivityUpperLimit",
    "TotalTechModelPeriodActLo": "TotalTechnologyModelPeriodActivityLowerLimit",
    "TotalTechModelPeriodActUp": "TotalTechnologyModelPeriodActivityUpperLimit",
    "DiscountRateTech": "DiscountRateIdv",
    "DiscountRateSto": "DiscountRateStorage",
    "MODEOFOPERATION": MODE,
    "REGION2": OTHER_REGION,
    "_REGION": OTHER_REGION,
    **{name[:LONGEST]: name for name in PARAMETERS if len(name) > LONGEST and SHORTENED[name[:LONGEST]] == 1},
}
"""Names that older files and spreadsheets, whose sheet names end after 31 letters, have for these; what may mean one or
the other is no name."""

NO_LIMIT = (-1.0, 9999.0, 99999.0, 999999.0, 9999999.0)
"""Upper limits that mean none: -1 wherever it stands, the others as the default of a parameter."""

RESULTS = (
    "AccumulatedNewCapacity", "AnnualEmissions", "AnnualFixedOperatingCost", "AnnualTechnologyEmission",
    "AnnualTechnologyEmissionByMode", "AnnualVariableOperatingCost", "CapitalInvestment", "CapitalInvestmentStorage",
    "Demand", "DiscountedCapitalInvestment", "DiscountedCapitalInvestmentStorage", "DiscountedCostByStorage",
    "DiscountedCostByTechnology", "DiscountedOperationalCost", "DiscountedSalvageValue",
    "DiscountedSalvageValueStorage", "DiscountedTechnologyEmissionsPenalty", "NewCapacity", "NewStorageCapacity",
    "NumberOfNewTechnologyUnits", "ProductionByTechnology", "ProductionByTechnologyAnnual", "RateOfActivity",
    "RateOfProductionByTechnology", "RateOfProductionByTechnologyByMode", "RateOfUseByTechnology",
    "RateOfUseByTechnologyByMode", "SalvageValue", "SalvageValueStorage", "StorageLevelDayTypeFinish",
    "StorageLevelDayTypeStart", "StorageLevelSeasonStart", "StorageLevelYearFinish", "StorageLevelYearStart",
    "TotalAnnualTechnologyActivityByMode", "TotalCapacityAnnual", "TotalDiscountedCost",
    "TotalTechnologyAnnualActivity", "TotalTechnologyModelPeriodActivity", "Trade", "UseByTechnology",
    "UseByTechnologyAnnual",
)  # fmt: skip
"""What a run of OSeMOSYS writes: such files in the folder are not read."""
