"""Guesses which column of a spreadsheet is which of our fields, by headers in English and Chinese."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import sqrt

from rapidfuzz import fuzz

from server.search_text import fold
from server.translations import msgid

# By field: headers that mean it, with 1 for those that mean it for sure and less for those that could mean another one.
ALIASES: dict[str, dict[str, float]] = {
    "name": {
        "company|companyname|customer|customername|account|accountname|organisation|organization": 1,
        "firm|business|client|clientname|shop|store|businessname|firma|firmenname|kunde|kundenname": 0.95,
        "客户名称|客户|公司|公司名称|单位名称|单位|企业名称|企业": 1,
        "客户全称|公司全称|商户名称|门店名称|店名|店铺名称|商家名称": 1,
        "name|fullname|名称|名字|全称": 0.8,
    },
    "phone": {
        "phone|phonenumber|telephone|tel|telephonenumber|companyphone|mainphone|landline|telefon": 1,
        "电话|电话号码|公司电话|座机|固定电话|客户电话|联系电话": 1,
        "mobile|mobilephone|cell|cellphone|手机|手机号|手机号码": 0.85,
    },
    "address": {
        "address|streetaddress|street|fulladdress|companyaddress|postaladdress|billingstreet": 1,
        "adresse|anschrift|strasse": 1,
        "地址|详细地址|公司地址|客户地址|单位地址|通讯地址|街道": 1,
    },
    "region": {
        "region|city|town|area|地区|区域|城市|市|所在地区|所在城市|省市|ort|stadt|billingcity": 1,
        "province|state|district|county|country|省份|省|区县|国家": 0.85,
    },
    "customer_type": {
        "type|customertype|category|industry|segment|sector|customercategory|branche": 1,
        "客户类型|类型|客户类别|类别|行业|所属行业|客户分类|客户性质": 1,
    },
    "lifecycle": {
        "lifecycle|status|stage|customerstatus|lifecyclestage|customerstage|state of customer": 1,
        "状态|阶段|客户状态|客户阶段|生命周期|客户级别|合作状态": 1,
    },
    "cadence_days": {
        "cadence|cadencedays|visitcadence|visitevery|visitcycle|visitinterval|visitfrequency|frequency": 1,
        "拜访周期|拜访频率|跟进周期|周期|回访周期|拜访间隔|拜访周期天": 1,
    },
    "price_sensitivity": {
        "pricesensitivity|pricesensitive|price": 1,
        "价格敏感度|价格敏感|价格敏感性": 1,
    },
    "preferred_products": {"preferredproducts|likestobuy|偏好产品|常购产品|喜好产品": 1},
    "preferred_times": {"preferredtimes|besttime|visitinghours|偏好时间|方便时间|拜访时间": 1},
    "comparisons": {"comparisons|competitorscompared|competitornotes|竞品对比|竞争对手对比": 1},
    "owner": {
        "owner|owneremail|salesperson|rep|salesrep|accountowner|companyowner|contactowner|leadowner|accountmanager|responsible|"
        "assignedto": 1,
        "负责人|负责人邮箱|业务员|销售|销售代表|销售员|客户经理|跟进人|所属销售|归属人": 1,
    },
    "tags": {"tags|tag|labels|label|keywords": 1, "标签|客户标签|标记": 1},
    "latitude": {"latitude|lat|breitengrad|纬度": 1},
    "longitude": {"longitude|lon|lng|long|längengrad|经度": 1},
    "contact_name": {
        "contact|contactname|contactperson|primarycontact|person|personname|ansprechpartner": 1,
        "联系人|联系人姓名|主要联系人|对接人|姓名": 1,
        "name|fullname|名字": 0.6,
    },
    "contact_role": {
        "contactrole|role|decisionrole|contactsrole": 1,
        "决策角色|角色|联系人角色|职务|联系人职务|职位": 1,
        "jobtitle|title|position|function": 0.9,
    },
    "contact_phone": {
        "contactphone|contactmobile|contacttel|contactphonenumber": 1,
        "联系人电话|联系人手机|联系人手机号|联系人联系方式": 1,
        "mobile|mobilephone|cell|cellphone|手机|手机号|手机号码|联系电话": 0.8,
    },
    "contact_email": {
        "contactemail|contactmail|联系人邮箱|联系人邮件|联系人电子邮箱": 1,
        "email|emailaddress|mail|邮箱|电子邮箱|电子邮件|邮件": 0.95,
    },
}
# The fields' names on the page and above the columns of an export.
LABELS = {
    "name": msgid("Customer"),
    "phone": msgid("Phone"),
    "address": msgid("Address"),
    "region": msgid("Region"),
    "customer_type": msgid("Customer type"),
    "lifecycle": msgid("Lifecycle"),
    "cadence_days": msgid("Visit every (days)"),
    "price_sensitivity": msgid("Price sensitivity"),
    "preferred_products": msgid("Preferred products"),
    "preferred_times": msgid("Preferred times"),
    "comparisons": msgid("Competitors compared"),
    "owner": msgid("Owner email"),
    "tags": msgid("Tags"),
    "latitude": msgid("Latitude"),
    "longitude": msgid("Longitude"),
    "contact_name": msgid("Contact"),
    "contact_role": msgid("Contact role"),
    "contact_phone": msgid("Contact phone"),
    "contact_email": msgid("Contact email"),
}
FIELDS = tuple(LABELS)
SURE_ENOUGH = 0.55  # from here on a guess is proposed
SURE = 0.85  # from here on the preview does not ask about it
_NOISE = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Guess:
    """`field` is None for a column nobody recognised; `confidence` is from 0 to 1."""

    field: str | None
    confidence: float


def guess_columns(
    header: list[str],
    own: Mapping[str, str] | None = None,
    is_unlike: Callable[[int, str], bool] | None = None,
) -> list[Guess]:
    """Each field goes to the column that fits it best, and each column to one field at most.

    `own`: custom fields: their names by `custom.<id>`. `is_unlike`: whether the cells of a column cannot be this field,
    whatever its name says.
    """
    fits = [
        (confidence, -column, field)
        for column, title in enumerate(header)
        for field in FIELDS
        if (confidence := fit(title, field)) >= SURE_ENOUGH and not (is_unlike and is_unlike(column, field))
    ]
    fits += [
        (confidence, -column, field)
        for column, title in enumerate(header)
        for field, name in (own or {}).items()
        if (confidence := _likeness(bare_title(title), bare_title(name))) >= SURE
    ]
    guesses = [Guess(None, 0)] * len(header)
    taken: set[str] = set()
    for confidence, minus_column, field in sorted(fits, key=lambda one: one[:2], reverse=True):
        if field not in taken and guesses[-minus_column].field is None:
            guesses[-minus_column] = Guess(field, confidence)
            taken.add(field)
    return guesses


def fit(title: str, field: str) -> float:
    bare = bare_title(title)
    if not bare:
        return 0
    return max(weight * _likeness(bare, alias) for alias, weight in _ALIASES_OF[field])


def bare_title(title: str) -> str:
    """ "* E-Mail (required)" becomes "email" and "客户名称（必填）" becomes "客户名称"."""
    without_brackets = re.sub(r"[(（\[【].*?[)）\]】]", "", title[:200])
    return _NOISE.sub("", fold(without_brackets))


def _likeness(bare: str, alias: str) -> float:
    if bare == alias:
        return 1
    if alias in bare and len(alias) >= (4 if alias.isascii() else 2):
        return 0.9 * sqrt(len(alias) / len(bare))
    # Allows for a typing error, but not in words so short that it would make another word.
    close = fuzz.ratio(bare, alias) / 100 if min(len(bare), len(alias)) >= 5 else 0
    return 0.9 * close if close >= 0.8 else 0


_ALIASES_OF = {
    field: [(_NOISE.sub("", fold(alias)), weight) for row, weight in rows.items() for alias in row.split("|")]
    for field, rows in ALIASES.items()
}
