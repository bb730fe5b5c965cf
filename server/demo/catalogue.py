"""What the demo sells: prices, costs, stock, and when a version replaced another one."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from server.demo.dice import Dice
from server.models.product import Product

# Name, code, unit, price in cents, stock as last reported, and how many days ago that was.
CATALOGUE: Final = (
    ("Shaft seal 40 mm", "SS-040", "pcs", 1_890, 640, 0),
    ("Shaft seal 65 mm", "SS-065", "pcs", 3_450, 210, 0),
    ("Shaft seal 90 mm", "SS-090", "pcs", 5_980, 12, 3),
    ("Hydraulic seal kit 2.0", "HK-100", "kit", 12_400, 26, 1),
    ("Hydraulic seal kit 2.1", "HK-110", "kit", 12_900, 85, 1),
    ("Hydraulic seal kit XL", "HK-200", "kit", 21_900, 18, 3),
    ("O-ring set FKM", "OR-FKM", "box", 4_690, 320, 0),
    ("O-ring set EPDM", "OR-EPD", "box", 2_990, 410, 0),
    ("PTFE gasket sheet", "PT-SH3", "sheet", 8_250, 60, 1),
    ("Rod wiper", "RW-032", "pcs", 640, 1_800, 0),
    ("Food-grade seal", "FG-050", "pcs", 2_780, 150, 9),
    ("Rotary seal, stainless 2024", "RS-316", "pcs", 14_900, 0, 90),
    ("Rotary seal, stainless 2026", "RS-326", "pcs", 15_600, 24, 1),
    ("Mounting grease 1 kg", "GR-001", "tin", 1_450, 96, 1),
)
CATALOGUE_ZH: Final = (
    ("机械密封 MS-20 V1.0", "MS-20", "套", 68_000, 35, 0),
    ("机械密封 MS-20 V2.0", "MS-20B", "套", 72_000, 240, 0),
    ("机械密封 MS-35", "MS-35", "套", 94_000, 8, 3),
    ("液压油封", "YF-50", "件", 4_600, 3_200, 0),
    ("氟胶密封圈", "FK-12", "盒", 18_500, 520, 0),
    ("聚四氟乙烯垫片", "PT-08", "张", 32_000, 140, 1),
    ("食品级密封件", "SP-06", "件", 7_900, 460, 2),
    ("O形圈套装", "OX-30", "盒", 12_800, 700, 0),
    ("防尘圈", "FC-32", "件", 1_200, 5_600, 0),
)
# In cents, by code. For the others nobody has entered a cost.
COSTS: Final = {
    "SS-040": 1_120, "SS-065": 2_085, "SS-090": 3_790, "HK-100": 8_240, "HK-110": 7_930, "HK-200": 15_480,
    "OR-FKM": 2_710, "OR-EPD": 1_660, "RW-032": 345, "RS-316": 10_950, "RS-326": 10_380,
    "MS-20": 45_600, "MS-20B": 44_200, "MS-35": 66_500, "YF-50": 2_450, "FK-12": 10_900, "SP-06": 4_980, "FC-32": 610,
}  # fmt: skip
KINDS_WITH_PRICES: Final = ("Distributor", "经销商")
# A newer version, what it replaced, and how many days ago.
NEWER: Final = {
    "Hydraulic seal kit 2.1": ("Hydraulic seal kit 2.0", 75),
    "机械密封 MS-20 V2.0": ("机械密封 MS-20 V1.0", 60),
    "Rotary seal, stainless 2026": ("Rotary seal, stainless 2024", 110),
}
REPLACED: Final = dict(NEWER.values())


def version_of(product: str) -> str | None:
    return product.rpartition(" ")[2] if product in NEWER or product in REPLACED else None


def was_current(product: str, days_ago: int) -> bool:
    """Whether a product was sold at that time: of two versions only one is."""
    if product in NEWER:
        return days_ago < NEWER[product][1]
    return product not in REPLACED or days_ago >= REPLACED[product]


def price(products: Sequence[Product], now: datetime, dice: Dice) -> list[Product]:
    """All products with their prices: those given, which visits name, and further ones."""
    known = {product.name: product for product in products}
    priced = []
    for currency, rows in (("EUR", CATALOGUE), ("CNY", CATALOGUE_ZH)):
        for name, code, unit, cents, stock, days in rows:
            product = known.get(name) or Product(id=dice.id_at(now - timedelta(days=700)), name=name)
            product.version = version_of(name)
            product.code, product.unit, product.price_cents, product.currency = code, unit, cents, currency
            product.cost_cents = COSTS.get(code)
            product.prices = dict.fromkeys(KINDS_WITH_PRICES, cents * 92 // 100)
            product.stock_quantity = stock
            product.stock_told_at = now - timedelta(days=days, hours=2)
            if stock == 0:
                product.retired_at = product.stock_told_at
            priced.append(product)
    return priced
