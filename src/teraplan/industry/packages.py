"""From good dies to good packages: stacks of memory, dies and stacks on an interposer, what one costs."""

from numpy.typing import ArrayLike

from teraplan.industry.arguments import Number, Numbers, checked, count, positive_share, result, share


def stack_yield(bond_yield: ArrayLike, height: ArrayLike, core_yield: ArrayLike = 1.0) -> Numbers:
    """Return the share of good stacks of `height` dies, each of which is bonded once [1].

        (bond_yield x core_yield)^height

    core_yield is 1 for known-good dies, which are tested before they are stacked, and the yield of the untested die
    where they are not. Raises ArgumentError.
    """
    bonded, dies, core = checked(
        "industry.packages.stack_yield",
        share("bond_yield", bond_yield),
        count("height", height, least=1.0),
        share("core_yield", core_yield),
    )
    return result((bonded * core) ** dies)


def cost_per_good_stack(
    core_cost: ArrayLike, base_cost: ArrayLike, height: ArrayLike, stack_yield: ArrayLike
) -> Numbers:
    """Return what one good stack costs: all its dies, over the share of stacks that work [money / stack].

        (height x core_cost + base_cost) / stack_yield

    core_cost, base_cost [money / die]. Raises ArgumentError, also for a yield of zero.
    """
    core, base, dies, good = checked(
        "industry.packages.cost_per_good_stack",
        Number("core_cost", core_cost, "per die"),
        Number("base_cost", base_cost, "per die"),
        count("height", height, least=1.0),
        positive_share("stack_yield", stack_yield),
    )
    return result((dies * core + base) / good)


def package_yield(
    dies: ArrayLike,
    stacks: ArrayLike,
    die_survival: ArrayLike = 1.0,
    stack_survival: ArrayLike = 1.0,
    assembly_yield: ArrayLike = 1.0,
) -> Numbers:
    """Return the share of good packages of known-good dies and stacks, all of which must survive assembly [1].

        die_survival^dies x stack_survival^stacks x assembly_yield

    dies, stacks: whole numbers in a package. Raises ArgumentError.
    """
    logic, memory, each_die, each_stack, whole = checked(
        "industry.packages.package_yield",
        count("dies", dies),
        count("stacks", stacks),
        share("die_survival", die_survival),
        share("stack_survival", stack_survival),
        share("assembly_yield", assembly_yield),
    )
    return result(each_die**logic * each_stack**memory * whole)


def cost_per_good_package(
    die_cost: ArrayLike,
    dies: ArrayLike,
    stack_cost: ArrayLike,
    stacks: ArrayLike,
    other_cost: ArrayLike,
    package_yield: ArrayLike,
) -> Numbers:
    """Return what one good package costs: all that goes in, over the share of packages that work [money / package].

        (dies x die_cost + stacks x stack_cost + other_cost) / package_yield

    die_cost, stack_cost [money / good one]; other_cost: substrate, interposer, assembly [money / package]. Raises
    ArgumentError, also for a yield of zero.
    """
    each_die, logic, each_stack, memory, other, good = checked(
        "industry.packages.cost_per_good_package",
        Number("die_cost", die_cost, "per die"),
        count("dies", dies),
        Number("stack_cost", stack_cost, "per stack"),
        count("stacks", stacks),
        Number("other_cost", other_cost, "per package"),
        positive_share("package_yield", package_yield),
    )
    return result((logic * each_die + memory * each_stack + other) / good)
