"""What the library does where a rule-book is silent: named, so that a report can say how many rows each one touched.

The words of each stand under ``convention.`` in the catalogues.
"""

#: name → whether it leaves the row without points
CONVENTIONS = {
    # execution
    "initial_budget": False,          # no adjusted budget: the initial one is taken
    "completion_by_spending": False,  # steps: a project counts as complete when its whole budget is spent
    "execution_missing": True,        # budget or executed amount missing
    "budget_not_positive": True,      # a rate of a budget of zero has no meaning
    "over_budget": True,              # steps give points within the budget only and say nothing of more
    # indicators
    "nature_assumed": False,          # neither quantitative nor qualitative is stated: read from what was filled
    "direction_assumed": False,       # no direction: higher is better
    "direction_unclear": True,        # no direction for a cost, and target missed or beaten: either reading is possible
    "decreasing_reciprocal": False,   # the rule-book has no formula for lower-is-better: points × target ÷ actual
    "equal_deviation": False,         # '=': points × (1 − relative deviation)
    "zero_target": False,             # a target of zero that is missed: no points
    "negative_target": False,         # a target below zero: points × (1 − shortfall ÷ |target|)
    "negative_actual": False,         # a value below zero against a target above: no points
    "reached_in_words": False,        # a number was asked for, and only words say that it was reached: all the points
    "band_top": False,                # reached, no points given: all the points
    "band_limit": False,              # points outside the band of the level: the nearer limit
    "points_missing": True,           # partly or not reached, no points given: that is the evaluator's to judge
    "level_missing": True,            # qualitative, and whether it was reached is not stated
    "not_a_rate": True,               # satisfaction in steps needs a rate between 0 and 100 %
    "actual_missing": True,
    "target_missing": True,
    "weight_missing": True,
}
