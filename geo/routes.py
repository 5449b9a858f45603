"""In which order to visit stops."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from ortools.constraint_solver import pywrapcp, routing_enums_pb2
from ortools.constraint_solver.routing_parameters_pb2 import RoutingSearchParameters

from geo.errors import GeoError

_UNITS = 100.0
"""The solver counts in whole numbers: a hundredth of a metre or second is enough."""
_NO_WAY = 10**12
_SOLUTIONS = 60
"""Length of the search: a count, so that the result never depends on the clock."""


def order_stops(
    cost: ArrayLike,
    *,
    start: int,
    end: int | None = None,
    alternatives: Sequence[Sequence[int]] | None = None,
    solutions: int = _SOLUTIONS,
) -> list[int]:
    """Order stops so that the way from the first through all of them is short.

    Parameters
    ----------
    cost : (N, N)
        What it costs to go from row to column, in metres or seconds; infinite where there is no way. It need
        not be symmetric.
    start : int
        Where the way begins.
    end : int, optional
        Where it ends; anywhere by default.
    alternatives : sequence of sequences of stops, optional
        Of each group exactly one stop is visited: the two ends from which a line can be flown, for instance.
        Groups do not share stops. By default every stop is a group of its own.
    solutions : int
        How long to search, as the number of solutions looked at.

    Returns
    -------
    list of int
        Stops in order, without `start` and `end`.

    Raises
    ------
    GeoError
        When the costs are no square matrix of non-negative numbers, or no order visits everything.
    """
    costs = np.asarray(cost, dtype=np.float64)
    if costs.ndim != 2 or costs.shape[0] != costs.shape[1] or not np.all(costs >= 0):
        raise GeoError(f"expected a square matrix of costs of at least 0, received shape {costs.shape}")
    fixed = {start} if end is None else {start, end}
    groups = (
        alternatives
        if alternatives is not None
        else [[stop] for stop in range(len(costs)) if stop not in fixed]
    )
    if not groups:
        return []

    stops = [stop for group in groups for stop in group]
    whole = _whole_costs(costs, start, end, stops)
    last = len(stops) + 1
    manager = pywrapcp.RoutingIndexManager(len(whole), 1, [0], [last])
    routing = pywrapcp.RoutingModel(manager)
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitMatrix(whole.tolist()))
    place = {stop: number for number, stop in enumerate(stops, start=1)}
    for group in groups:
        if len(group) > 1:
            routing.AddDisjunction([manager.NodeToIndex(place[stop]) for stop in group])
    solution = routing.SolveWithParameters(_search(solutions if len(groups) > 2 else 1))
    if solution is None or solution.ObjectiveValue() >= _NO_WAY:
        raise GeoError("there is no way that visits every stop")

    order: list[int] = []
    index = solution.Value(routing.NextVar(routing.Start(0)))
    while not routing.IsEnd(index):
        order.append(stops[manager.IndexToNode(index) - 1])
        index = solution.Value(routing.NextVar(index))
    return order


def _whole_costs(costs: np.ndarray, start: int, end: int | None, stops: Sequence[int]) -> np.ndarray:
    """Costs as whole numbers between start, the stops and an end that is free to reach unless it is given."""
    finite = np.where(np.isfinite(costs), np.round(costs * _UNITS), _NO_WAY).astype(np.int64)
    count = len(stops) + 2
    whole = np.zeros((count, count), dtype=np.int64)
    rows = [start, *stops]
    whole[:-1, 1:-1] = finite[np.ix_(rows, stops)]
    if end is not None:
        whole[:-1, -1] = finite[rows, end]
    return whole


def _search(solutions: int) -> RoutingSearchParameters:
    search = pywrapcp.DefaultRoutingSearchParameters()
    search.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PATH_CHEAPEST_ARC
    if solutions > 1:
        search.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
        search.solution_limit = solutions
    return search
