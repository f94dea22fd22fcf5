"""A batch function: one call prices up to 256 options, each the job of somebody else."""
import math

from headrace import Rejected, method


def normal(x):
    return 0.5 * math.erfc(-x / math.sqrt(2))


@method(name="call-price", batch=256, batch_wait="2ms")
def call_price(spot: list[float], strike: list[float], volatility: list[float], years: list[float]) -> list[float]:
    """Prices European call options after Black and Scholes, without interest."""
    prices = []
    for s, k, v, t in zip(spot, strike, volatility, years):
        if min(s, k, v, t) <= 0:
            prices.append(Rejected(f"All four numbers must be positive, not {s}, {k}, {v} and {t}"))
            continue
        d = (math.log(s / k) + 0.5 * v * v * t) / (v * math.sqrt(t))
        prices.append(round(s * normal(d) - k * normal(d - v * math.sqrt(t)), 4))
    return prices
