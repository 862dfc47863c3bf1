"""What a GW of site holds and draws: accelerators, compute, electricity, carbon."""

from numpy.typing import ArrayLike

from teraplan.industry.arguments import Number, Numbers, checked, positive, result, share

KW_PER_GW = 1e6
HOURS_PER_YEAR = 365.25 * 24.0


def accelerators_per_gigawatt(facility_power: ArrayLike) -> Numbers:
    """Return how many accelerators one GW of site carries [chip / GW].

        1e6 kW / facility_power

    facility_power: of one accelerator with its share of the site [kW / chip]. Raises ArgumentError.
    """
    (power,) = checked("industry.sites.accelerators_per_gigawatt", positive("facility_power", facility_power, "kW"))
    return result(KW_PER_GW / power)


def compute_per_gigawatt(
    facility_power: ArrayLike, h100_equivalents: ArrayLike, in_service: ArrayLike = 1.0
) -> Numbers:
    """Return the compute of one GW of site [H100e / GW].

        1e6 kW / facility_power x h100_equivalents x in_service

    facility_power [kW / chip]; h100_equivalents [H100e / chip]; in_service: share that runs at a time. Raises
    ArgumentError.
    """
    power, worth, runs = checked(
        "industry.sites.compute_per_gigawatt",
        positive("facility_power", facility_power, "kW"),
        Number("h100_equivalents", h100_equivalents, "H100e"),
        share("in_service", in_service),
    )
    return result(KW_PER_GW / power * worth * runs)


def electricity_of_site(space: ArrayLike, mean_load: ArrayLike) -> Numbers:
    """Return the electricity of a site in a year of 8,766 hours [GWh / year].

        space x mean_load x 8766

    space: nameplate power of the whole site [GW]; mean_load: mean draw over nameplate [1]. Raises ArgumentError.
    """
    power, load = checked(
        "industry.sites.electricity_of_site", Number("space", space, "GW"), share("mean_load", mean_load)
    )
    return result(power * load * HOURS_PER_YEAR)
