"""Series to measure forecasts with: some made by known processes, and public ones that come with statsmodels."""

import warnings
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

MADE_EACH: Final = 8
LENGTH: Final = 72


class Measured(NamedTuple):
    name: str
    values: NDArray[np.float64]
    season: int
    is_real: bool


def made_series() -> list[Measured]:
    chance = np.random.default_rng(2026)
    at = np.arange(LENGTH)
    year = np.sin(2 * np.pi * at / 12)

    def autoregressive(share: float) -> NDArray[np.float64]:
        values, noise = np.zeros(LENGTH), chance.normal(0, 10, LENGTH)
        for step in range(1, LENGTH):
            values[step] = share * values[step - 1] + noise[step]
        return 100 + values

    def lumpy() -> NDArray[np.float64]:
        comes = chance.random(LENGTH) < 0.3
        return np.where(comes, chance.gamma(4, 25, LENGTH), 0.0)

    def noise(spread: float) -> NDArray[np.float64]:
        return chance.normal(0, spread, LENGTH)

    processes = {
        "AR": lambda: autoregressive(0.7),
        "seasonal": lambda: 100 + 30 * year + noise(10),
        "trend": lambda: 100 + 1.2 * at + noise(10),
        "trend and seasons": lambda: (100 + at) * (1 + 0.3 * year) + noise(8),
        "lumpy": lumpy,
        "random walk": lambda: 200 + np.cumsum(noise(5)),
    }
    return [
        Measured(name, process(), 12, False) for name, process in processes.items() for _ in range(MADE_EACH)
    ]


def real_series() -> list[Measured]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from statsmodels.datasets import co2, elnino, interest_inflation, macrodata

        carbon = co2.load_pandas().data["co2"].resample("MS").mean().interpolate().to_numpy()
        sea = elnino.load_pandas().data.iloc[:, 1:].to_numpy().ravel()
        economy = macrodata.load_pandas().data
        germany = interest_inflation.load_pandas().data
    named = {
        "CO₂ on Mauna Loa": (carbon[-144:], 12),
        "sea surface, El Niño": (sea[-144:], 12),
        "investment, USA": (economy["realinv"].to_numpy(), 4),
        "unemployment, USA": (economy["unemp"].to_numpy(), 4),
        "consumption, USA": (economy["realcons"].to_numpy(), 4),
        "treasury bills, USA": (economy["tbilrate"].to_numpy(), 4),
        "inflation, Germany": (germany["Dp"].to_numpy(), 4),
        "interest, Germany": (germany["R"].to_numpy(), 4),
    }
    return [
        Measured(name, np.asarray(values, dtype=float), season, True)
        for name, (values, season) in named.items()
    ]
