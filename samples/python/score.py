"""A function as a method: headrace methods install samples/python/score.py"""
from headrace import method


@method(name="score", version=1)
def score(income: float, debt: float = 0.0) -> float:
    """Scores a customer from 0 to 100."""
    print("scored", income, debt)
    return round(100 * income / (income + 2 * debt), 1)
