"""Who works at the made-up company, and where. It makes seals, sold around Munich, Hamburg and Shanghai."""

from dataclasses import dataclass

COMPANY = "Legwork Demo"
PASSWORD = "demo-legwork"  # noqa: S105 - the demo says it to everybody
BERLIN, SHANGHAI = "Europe/Berlin", "Asia/Shanghai"
SOUTH, NORTH, EAST = "South", "North", "华东"
TEAMS = {SOUTH: "Team South", NORTH: "Team North", EAST: "华东一部"}


@dataclass(frozen=True)
class Person:
    key: str
    name: str
    role: str
    territory: str | None = None
    time_zone: str = BERLIN
    locale: str | None = None  # None: as the browser asks
    customers: int = 0

    @property
    def email(self) -> str:
        return f"{self.key}@demo.test"

    @property
    def writes_chinese(self) -> bool:
        return self.locale == "zh-Hans"


PEOPLE = (
    Person("alice", "Alice Berger", "rep", SOUTH, customers=80),
    Person("bob", "Bob Lindner", "rep", SOUTH, customers=65),
    Person("charlie", "Charlie Petersen", "rep", NORTH, customers=70),
    Person("wang", "王芳", "rep", EAST, SHANGHAI, "zh-Hans", customers=75),
    Person("mei", "Mei Hartmann", "manager", SOUTH),
    Person("li", "李强", "manager", EAST, SHANGHAI, "zh-Hans"),
    Person("henrik", "Henrik Vogt", "executive"),
    Person("sofia", "Sofia Kranz", "support", SOUTH),
    Person("zhao", "赵敏", "support", EAST, SHANGHAI, "zh-Hans"),
    Person("dora", "Dora Winter", "admin"),
)
FREE_CUSTOMERS = {SOUTH: 4, NORTH: 3, EAST: 3}  # in the pool of their territory

PRODUCTS = (
    "Shaft seal 40 mm", "Shaft seal 65 mm", "Hydraulic seal kit 2.0", "Hydraulic seal kit 2.1", "O-ring set FKM",
    "PTFE gasket sheet", "Rod wiper", "Food-grade seal", "机械密封 MS-20 V1.0", "机械密封 MS-20 V2.0",
    "液压油封", "氟胶密封圈",
)  # fmt: skip
COMPETITORS = ("Dichtwerk", "SealPro", "Nordring", "恒密科技", "东方密封")
TAGS = ("key account", "pays late", "trade fair", "newsletter", "frame contract", "bring samples")
TAGS_ZH = ("重点客户", "付款慢", "展会", "年度框架", "需带样品", "老客户")
