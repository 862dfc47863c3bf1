"""Every rule that a case is held to, in the order in which faults are told. Each is one function in the check_ files.

Rows first, then what stands between tables, then what only resolved and edited tables show: a fault that others follow
from comes before them.
"""

from collections.abc import Callable, Iterator

from teraplan.case.check_goods import GOOD_CHECKS
from teraplan.case.check_numbers import NUMBER_CHECKS
from teraplan.case.check_reach import REACH_CHECKS
from teraplan.case.check_rows import (
    Typed,
    every_number_has_a_source,
    every_number_has_a_value,
    keys_stand_once,
    ranges_hold_their_value,
    ranges_suit_their_distribution,
    series_say_their_years_or_hold_always,
)
from teraplan.case.check_sets import COUNT_CHECKS, SET_CHECKS
from teraplan.case.check_shocks import SHOCK_CHECKS
from teraplan.case.check_storage import STORAGE_CHECKS, carried_storage_has_whole_years
from teraplan.case.check_things import THING_CHECKS
from teraplan.case.resolve import Tables
from teraplan.errors import Fault

ROW_CHECKS: tuple[Callable[[Typed], Iterator[Fault]], ...] = (
    every_number_has_a_source,
    every_number_has_a_value,
    ranges_hold_their_value,
    ranges_suit_their_distribution,
    keys_stand_once,
    series_say_their_years_or_hold_always,
)
TABLE_CHECKS: tuple[Callable[[Typed], Iterator[Fault]], ...] = (
    *THING_CHECKS,
    *GOOD_CHECKS,
    *STORAGE_CHECKS,
    *SET_CHECKS,
    *SHOCK_CHECKS,
)
CASE_CHECKS: tuple[Callable[[Tables], Iterator[Fault]], ...] = (
    *NUMBER_CHECKS,
    *COUNT_CHECKS,
    carried_storage_has_whole_years,
    *REACH_CHECKS,
)
