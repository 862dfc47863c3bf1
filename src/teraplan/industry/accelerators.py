"""What an accelerator is worth and what it draws: H100-equivalents by number format, power of the whole site."""

from collections.abc import Mapping
from types import MappingProxyType

from numpy.typing import ArrayLike

from teraplan.industry.arguments import Name, Number, Numbers, checked, positive, result

H100_RATES: Mapping[str, float] = MappingProxyType(
    {
        "fp64": 66.9,
        "fp32": 66.9,
        "tf32": 494.7,
        "bf16": 989.4,
        "fp16": 989.4,
        "fp8": 1979.0,
        "int8": 1979.0,
        "fp4": 1979.0,
    }
)
"""Dense rates of one H100 SXM by number format [TFLOP/s]: its datasheet, which doubles them for sparse matrices.

It has no 4-bit unit: numbers of four bits run at its 8-bit rate.
"""


def h100_equivalents(rate: ArrayLike, number_format: str = "fp8") -> Numbers:
    """Return how many H100 an accelerator equals by its dense rate in one number format [H100e / chip].

        rate / rate of one H100 SXM in the same format

    rate: dense, without the doubling for sparse matrices [TFLOP/s]; number_format: see `H100_RATES`. The cases that
    ship with Teraplan count in fp8 (1979 TFLOP/s), as Epoch AI does. Raises ArgumentError.
    """
    (given,) = checked(
        "industry.accelerators.h100_equivalents",
        Number("rate", rate, "TFLOP/s"),
        Name("number_format", number_format, H100_RATES),
    )
    return result(given / H100_RATES[number_format])


def facility_power(
    chip_power: ArrayLike, server: ArrayLike = 1.0, network: ArrayLike = 1.0, cooling: ArrayLike = 1.0
) -> Numbers:
    """Return what a site draws for one accelerator [unit of chip_power].

        chip_power x server x network x cooling

    chip_power: at full load, e.g. [kW]; server: power of the server over that of its accelerators; network: of all IT
    over the servers; cooling: of the site over its IT, the PUE; each at least 1. Epoch AI (2025): 1.53, 1.14 and 1.4 at
    the peak of large sites. Raises ArgumentError.
    """
    chip, *ratios = checked(
        "industry.accelerators.facility_power",
        positive("chip_power", chip_power, "kW"),
        Number("server", server, least=1.0),
        Number("network", network, least=1.0),
        Number("cooling", cooling, least=1.0),
    )
    return result(chip * ratios[0] * ratios[1] * ratios[2])


def memory_to_make(capacity: ArrayLike, loss: ArrayLike) -> Numbers:
    """Return the memory that has to be made for one accelerator, what is lost in assembly included [unit of capacity].

        capacity x (1 + loss)

    capacity: of the memory in a finished package, e.g. [GB]; loss: lost over what is in finished packages [1]. Raises
    ArgumentError.
    """
    inside, lost = checked(
        "industry.accelerators.memory_to_make", Number("capacity", capacity, "GB"), Number("loss", loss)
    )
    return result(inside * (1.0 + lost))
