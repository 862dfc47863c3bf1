"""What a fab needs: exposures and EUV tools, other tools, electricity, and wafers for a GW of accelerators."""

import numpy as np
from numpy.typing import ArrayLike

from teraplan.errors import Fault
from teraplan.industry.arguments import Number, Numbers, checked, positive, positive_share, refuse, result, share

HOURS_PER_MONTH = 365.25 * 24.0 / 12.0
KW_PER_GW = 1e6


def wafers_per_gigawatt(facility_power: ArrayLike, good_packages_per_wafer: ArrayLike) -> Numbers:
    """Return the wafers in one GW of accelerators [wafer / GW].

        1e6 kW / facility_power / good_packages_per_wafer

    facility_power: of one accelerator with its share of the site [kW / package]; good_packages_per_wafer: see `wafers`.
    Raises ArgumentError.
    """
    power, good = checked(
        "industry.fabs.wafers_per_gigawatt",
        positive("facility_power", facility_power, "kW"),
        positive("good_packages_per_wafer", good_packages_per_wafer, "package"),
    )
    return result(KW_PER_GW / power / good)


def wafers_per_accelerator(good_packages_per_wafer: ArrayLike, companions: ArrayLike = 1.0) -> Numbers:
    """Return the wafers in one accelerator with its share of CPUs, switches and network chips [wafer / chip].

        companions / good_packages_per_wafer

    companions: all wafers over those of the accelerator alone, at least 1. The same number is kwafer / kchip. Raises
    ArgumentError.
    """
    good, more = checked(
        "industry.fabs.wafers_per_accelerator",
        positive("good_packages_per_wafer", good_packages_per_wafer, "package"),
        Number("companions", companions, least=1.0),
    )
    return result(more / good)


def euv_passes_per_gigawatt(wafers_per_gigawatt: ArrayLike, exposures: ArrayLike) -> Numbers:
    """Return the EUV exposures of whole wafers in one GW of accelerators [pass / GW].

        wafers_per_gigawatt x exposures

    exposures: EUV passes in one wafer [1]. Raises ArgumentError.
    """
    wafers, passes = checked(
        "industry.fabs.euv_passes_per_gigawatt",
        Number("wafers_per_gigawatt", wafers_per_gigawatt, "wafer/GW"),
        Number("exposures", exposures),
    )
    return result(wafers * passes)


def passes_per_tool(throughput: ArrayLike, uptime: ArrayLike = 1.0) -> Numbers:
    """Return the exposures of whole wafers that one tool makes in a month of 730.5 hours [pass / month].

        throughput x uptime x 730.5

    throughput [wafer / hour]; uptime [1]. Raises ArgumentError.
    """
    speed, works = checked(
        "industry.fabs.passes_per_tool",
        positive("throughput", throughput, "wafer/hour"),
        positive_share("uptime", uptime),
    )
    return result(speed * works * HOURS_PER_MONTH)


def euv_tools(wafers_per_month: ArrayLike, exposures: ArrayLike, passes_per_tool: ArrayLike) -> Numbers:
    """Return the EUV tools of a fab, not rounded [tool].

        wafers_per_month x exposures / passes_per_tool

    exposures: EUV passes in one wafer [1]; passes_per_tool [pass / month], see `passes_per_tool`; a planning rule of
    2019 says 45,000. Raises ArgumentError.
    """
    wafers, passes, each = checked(
        "industry.fabs.euv_tools",
        Number("wafers_per_month", wafers_per_month, "wafer/month"),
        Number("exposures", exposures),
        positive("passes_per_tool", passes_per_tool, "pass/month"),
    )
    return result(wafers * passes / each)


def electricity_per_wafer(mask_layers: ArrayLike, per_layer: ArrayLike) -> Numbers:
    """Return the electricity of one finished wafer [kWh / wafer].

        mask_layers x per_layer

    per_layer [kWh / (wafer layer)]. Raises ArgumentError.
    """
    layers, each = checked(
        "industry.fabs.electricity_per_wafer",
        Number("mask_layers", mask_layers),
        Number("per_layer", per_layer, "kWh"),
    )
    return result(layers * each)


def other_tools(
    capital_cost: ArrayLike, equipment_share: ArrayLike, euv_tools: ArrayLike, euv_price: ArrayLike
) -> Numbers:
    """Return what all tools of a fab cost but for the EUV tools [unit of capital_cost].

        capital_cost x equipment_share - euv_tools x euv_price

    capital_cost: of the whole fab, e.g. [GUSD / (kwafer / month)]; equipment_share: of all tools in it; euv_tools for
    the same capacity, euv_price [money / tool]. Raises ArgumentError, also where the EUV tools alone cost more.
    """
    here = "industry.fabs.other_tools"
    capital, part, tools, price = checked(
        here,
        Number("capital_cost", capital_cost),
        share("equipment_share", equipment_share),
        Number("euv_tools", euv_tools, "tool"),
        Number("euv_price", euv_price, "per tool"),
    )
    rest = capital * part - tools * price
    what = Fault(f"{here}, euv_tools", "cost more than all tools", "check euv_price and equipment_share")
    refuse(here, [what] * bool(np.any(rest < 0.0)))
    return result(rest)
