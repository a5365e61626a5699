"""How people say when: 今天上午9点半左右, 从上周三开始, 已经两天了. Always true of the moment of the call."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from random import Random

WEEKDAYS = "一二三四五六日"
COUNTS = ("零", "一", "两", "三", "四", "五", "六", "七", "八", "九", "十")
PARTS = ((5, "凌晨"), (8, "早上"), (12, "上午"), (14, "中午"), (18, "下午"), (24, "晚上"))

Words = Mapping[str, str]
"""since, from, lasting, span."""


def moment_words(sort: str, now: datetime, rng: Random) -> Words:
    """Words for a matter of this sort (`when` of the wordings) called in at `now`: since, from, lasting, span."""
    return _SORTS[sort](now, rng)


def clock(moment: datetime, now: datetime, rng: Random) -> str:
    """今天上午9点半左右; 昨晚11点多."""
    days = (now.date() - moment.date()).days
    part = next(word for until, word in PARTS if moment.hour < until)
    hour = moment.hour - 12 if moment.hour > 12 else moment.hour
    tail = "半" if 20 <= moment.minute < 45 else rng.choice(("", "多", "左右", "来钟"))
    day = (
        "昨"
        if days == 1 and part == "晚上"
        else "今"
        if not days and part == "晚上"
        else ("今天", "昨天", "前天")[min(days, 2)]
    )
    return f"{day}{'晚' if len(day) == 1 else part}{hour}点{tail}"


def _now(now: datetime, rng: Random) -> Words:
    minutes = rng.randint(4, 45)
    at = clock(now - timedelta(minutes=minutes), now, rng)
    about = "刚才" if minutes < 12 else "十几分钟前" if minutes < 20 else f"{minutes // 10 * 10}分钟前"
    return {
        "since": rng.choice((about, about, at)),
        "from": rng.choice((f"从{about}开始", f"{at}开始", f"从{at}起")).replace("从刚才起", "从刚才开始"),
        "lasting": rng.choice(
            ("到现在没人来", f"已经{COUNTS[max(1, minutes // 10)]}十分钟了" if minutes >= 10 else "刚发现")
        ),
        "span": f"{minutes}分钟",
    }


def _hours(now: datetime, rng: Random) -> Words:
    hours = min(max(rng.lognormvariate(1.0, 0.7), 0.6), 14)
    at = clock(now - timedelta(hours=hours), now, rng)
    count = COUNTS[min(10, max(1, round(hours)))]
    return {
        "since": rng.choice((at, at, f"从{at}开始")),
        "from": rng.choice((f"从{at}开始", f"{at}起", f"{at}开始")),
        "lasting": rng.choice((f"已经{count}个小时了", f"{count}个多小时了", "到现在还没好", f"快{count}个小时了")),
        "span": f"{count}个小时",
    }


def _days(now: datetime, rng: Random) -> Words:
    days = min(max(round(rng.lognormvariate(1.5, 0.6)), 1), 20)
    start = _said_day((now - timedelta(days=days)).date(), now.date(), rng)
    if days <= 3:
        span = f"{COUNTS[days]}天"
    elif days <= 6:
        span = rng.choice((f"{COUNTS[days]}天", f"{COUNTS[days]}五天" if days == 4 else f"{COUNTS[days]}天", "好几天"))
    elif days <= 10:
        span = rng.choice(("一周", "一个星期", "一周多", "七八天"))
    else:
        span = rng.choice(("半个月", "两个星期", "十多天", "两周"))
    since = rng.choice((f"从{start}开始", f"{start}开始", f"{start}起", f"从{start}起"))
    return {
        "since": since,
        "from": since,
        "lasting": rng.choice((f"已经{span}了", f"有{span}了", f"{span}了")),
        "span": span,
    }


def _said_day(start: date, now: date, rng: Random) -> str:
    days = (now - start).days
    if days <= 2:
        return ("今天", "昨天", "前天")[days]
    week = now - timedelta(days=now.weekday())
    weekday = WEEKDAYS[start.weekday()]
    if start >= week:
        return rng.choice((f"这周{weekday}", f"本周{weekday}", f"周{weekday}"))
    if start >= week - timedelta(days=7) and rng.random() < 0.6:
        return f"上周{weekday}"
    return rng.choice((f"{start.month}月{start.day}日", f"{start.month}月{start.day}号", f"{start.day}号"))


def _long(now: datetime, rng: Random) -> Words:
    months = min(max(round(rng.lognormvariate(1.5, 0.8)), 1), 36)
    begun = (now.replace(day=1) - timedelta(days=30 * months + 3)).date()
    if months <= 2:
        span = rng.choice((f"{COUNTS[months]}个月", f"{COUNTS[months]}个多月"))
    elif months <= 8:
        span = rng.choice(("好几个月", f"{COUNTS[months]}个月", "小半年" if months < 6 else "半年多"))
    else:
        span = rng.choice(("一年多", "快两年" if months > 18 else "快一年" if months < 12 else "一年多", "很长时间"))
    year = "" if begun.year == now.year else "去年" if begun.year == now.year - 1 else f"{begun.year}年"
    starts = [f"从{year}{begun.month}月份开始", f"从{year}{begun.month}月起"]
    if begun.year == now.year:
        starts += ["今年以来", "春节以后"] if begun.month <= 2 else ["今年以来"]
    elif year == "去年":
        starts += ["去年开始", "从去年下半年起" if begun.month > 6 else "从去年上半年起"]
    since = rng.choice(starts)
    lasting = rng.choice((f"已经{span}了", f"有{span}了", f"{span}了", f"持续{span}", "长期如此", "一直这样"))
    return {"since": since, "from": since, "lasting": lasting, "span": span}


def _nightly(now: datetime, rng: Random) -> Words:
    if rng.random() < 0.5:
        return _long(now, rng)
    words = _days(now, rng)
    return {
        **words,
        "since": rng.choice(("最近", "这几天", words["since"])),
        "from": rng.choice(("最近", words["from"])),
    }


_SORTS: Mapping[str, Callable[[datetime, Random], Words]] = {
    "now": _now,
    "hours": _hours,
    "days": _days,
    "long": _long,
    "nightly": _nightly,
    "none": _long,
}


def ago(days: int, rng: Random) -> str:
    """When an earlier call was: 上周, 半个月前."""
    if days <= 6:
        return rng.choice((f"{COUNTS[max(days, 1)]}天前", "前几天"))
    if days <= 12:
        return rng.choice(("上周", "一周前", f"{days}天前"))
    if days <= 25:
        return rng.choice(("半个月前", "两周前", f"{days}天前"))
    return rng.choice(("上个月", "一个月前"))


def stamp(moment: datetime) -> str:
    """5月30日8时10分, as answers write it."""
    return f"{moment.month}月{moment.day}日{moment.hour}时{moment.minute:02d}分"
