"""What the pages that check a code without us say: one outcome a code, with the shape and colour of the portal's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from signing_service.domain.verdicts import Sentence
from verify_portal.answers import Tone


@dataclass(frozen=True, slots=True)
class Outcome:
    tone: Tone
    headline: Sentence
    sentence: Sentence


_COMPARE_ZH = "请与证照逐项核对。"
_COMPARE_EN = "Compare the values with the licence, one by one."

OUTCOMES: Mapping[str, Outcome] = {
    "in_force": Outcome(
        Tone.GENUINE,
        Sentence("签码真实，证照有效", "Genuine, and in force"),
        Sentence(f"以下内容由发证机关签发，未被改动。{_COMPARE_ZH}", f"The issuer signed these values. {_COMPARE_EN}"),
    ),
    "status_unknown": Outcome(
        Tone.CAUTION,
        Sentence("签码真实，状态未知", "Genuine, status not known"),
        Sentence(
            f"以下内容由发证机关签发，但本机没有可用的状态，请联网查询后再采信。{_COMPARE_ZH}",
            f"The issuer signed these values, but no status is at hand here: look it up online before you rely on it. "
            f"{_COMPARE_EN}",
        ),
    ),
    "suspended": Outcome(
        Tone.CAUTION,
        Sentence("签码真实，证照暂扣", "Genuine, but suspended"),
        Sentence("暂扣期间请勿采信。", "Do not rely on it while it is suspended."),
    ),
    "superseded": Outcome(
        Tone.CAUTION,
        Sentence("签码真实，已有新版本", "Genuine, but replaced"),
        Sentence(
            "这是旧版本，请索取新版本，以新版本为准。",
            "This is a former version: ask for the newer one and rely on that.",
        ),
    ),
    "expired": Outcome(
        Tone.VOID,
        Sentence("签码真实，但已过期", "Genuine, but expired"),
        Sentence("证照已过有效期，请勿采信。", "Its term is over: do not rely on it."),
    ),
    "cancelled": Outcome(
        Tone.VOID,
        Sentence("签码真实，但已注销", "Genuine, but cancelled"),
        Sentence("证照已注销，请勿采信。", "The licence was cancelled: do not rely on it."),
    ),
    "annulled": Outcome(
        Tone.VOID,
        Sentence("签码真实，但已撤销", "Genuine, but annulled"),
        Sentence("证照已撤销，请勿采信。", "The licence was annulled: do not rely on it."),
    ),
    "forfeited": Outcome(
        Tone.VOID,
        Sentence("签码真实，但已吊销", "Genuine, but forfeited"),
        Sentence("证照已吊销，请勿采信。", "The licence was forfeited: do not rely on it."),
    ),
    "not_assigned": Outcome(
        Tone.CAUTION,
        Sentence("签码真实，尚未生效", "Genuine, not in force yet"),
        Sentence(
            "状态表中还没有这本证照：可能刚刚签发，请联网查询。",
            "The status list does not have it yet: it may have been issued just now. Look it up online.",
        ),
    ),
    "foreign_host": Outcome(
        Tone.VOID,
        Sentence("网址并非本平台", "The address is not ours"),
        Sentence(
            "二维码指向仿冒网站，请勿打开。其中的签码抄自下面这本证照，您手中的证照可能是伪造的，请勿采信并举报。",
            "The code leads to a site that is not ours: do not open it. The signed values were copied from the licence "
            "below; what you hold may be forged. Do not rely on it, and report it.",
        ),
    ),
    "CODE_SIGNATURE_WRONG": Outcome(
        Tone.VOID,
        Sentence("签码是伪造的", "The code is forged"),
        Sentence(
            "内容或签名被改动。请勿采信，并向发证机关举报。",
            "Its values or its signature were changed. Do not rely on it; report it to the issuer.",
        ),
    ),
    "CODE_KEY_UNKNOWN": Outcome(
        Tone.VOID,
        Sentence("不是发证机关的签码", "Not signed by the issuer"),
        Sentence(
            "签码不是用本机保存的公钥签发的，请勿采信；若保存的公钥较旧，请更新后再查。",
            "It was not signed with a key that is kept here: do not rely on it. If the kept keys are old, renew them "
            "and check again.",
        ),
    ),
    "CODE_KEY_NOT_IN_USE": Outcome(
        Tone.VOID,
        Sentence("签码密钥不在启用期", "Signed with a key out of use"),
        Sentence(
            "签码所用密钥在所写的签发日期并未启用或已停用，请勿采信，并向发证机关核实。",
            "The key was not in use on the day of issue that the code states: do not rely on it; ask the issuer.",
        ),
    ),
    "CODE_MALFORMED": Outcome(
        Tone.UNKNOWN,
        Sentence("签码无法识别", "The code cannot be read"),
        Sentence(
            "签码不完整，请重新扫描；若印刷清晰仍不能识别，请勿采信。",
            "It is incomplete: scan it again. If a clear print is still not read, do not rely on it.",
        ),
    ),
    "CODE_MISSING": Outcome(
        Tone.UNKNOWN,
        Sentence("这里没有签码", "There is no signed code here"),
        Sentence(
            "这个二维码不带签码，不能离线查验；请联网查询，或核对网址后打开。",
            "This code carries nothing signed and cannot be checked offline: look it up online, after you have checked "
            "the address.",
        ),
    ),
    "no_code_in_picture": Outcome(
        Tone.UNKNOWN,
        Sentence("图片中没有找到二维码", "No QR code in this picture"),
        Sentence(
            "请靠近、对正、避免反光后重拍，或只截取二维码部分。",
            "Take it again, closer, straight and without glare, or cut the picture down to the code.",
        ),
    ),
    "unable": Outcome(
        Tone.UNKNOWN,
        Sentence("这个浏览器不能查验", "This browser cannot check it"),
        Sentence(
            "没有得出结论。请换用较新的浏览器，或联网查询。",
            "Nothing was found out. Use a newer browser, or look it up online.",
        ),
    ),
}

NOTES: Mapping[str, Sentence] = {
    "by": Sentence("按{age}的状态表", "By a status list made {age}"),
    "kept": Sentence("状态表签发于{age}", "Status list made {age}"),
    "now": Sentence("刚刚", "just now"),
    "minute": Sentence(" 1 分钟前", "1 minute ago"),
    "minutes": Sentence(" {n} 分钟前", "{n} minutes ago"),
    "hour": Sentence(" 1 小时前", "1 hour ago"),
    "hours": Sentence(" {n} 小时前", "{n} hours ago"),
    "day": Sentence(" 1 天前", "1 day ago"),
    "days": Sentence(" {n} 天前", "{n} days ago"),
    "too_old": Sentence("，已经太旧，不能作为依据", ": too old to go by"),
    "ahead": Sentence(
        "状态表的时间晚于本机时间，请校准本机时间", "The list is dated later than this device's clock: set the clock"
    ),
    "no_list": Sentence("本机没有保存状态表", "No status list is kept here"),
    "no_place": Sentence("这本证照不在状态表中", "This licence is in no status list"),
    "past_term": Sentence("按签码中的有效期", "By the term in the code"),
    "keys": Sentence("发证机关公钥 {n} 把", "Public keys of the issuer: {n}"),
    "no_keys": Sentence("还没有保存公钥，请联网打开一次", "No keys are kept yet: open this page once with a network"),
    "updated": Sentence("已更新", "Up to date"),
    "offline": Sentence("现在没有网络，使用保存的数据", "No network now: what is kept is used"),
    "keys_differ": Sentence(
        "网站现在给出的公钥与本机保存的不一致，已继续使用保存的公钥。请勿相信网站，并向发证机关核实。",
        "The keys that the site gives now are not those kept here, and the kept ones are used. Do not believe the "
        "site; ask the issuer.",
    ),
    "no_camera": Sentence(
        "不能使用相机：没有相机，或没有得到允许。请选择图片。",
        "The camera cannot be used: there is none, or it was not allowed. Choose a picture instead.",
    ),
    "reading": Sentence("正在识别……", "Reading …"),
}


def words_of(lang: str) -> dict[str, object]:
    """All of it in one language, as the pages' script reads it."""

    def say(sentence: Sentence) -> str:
        return sentence.en if lang == "en" else sentence.zh

    outcomes = {
        name: {"tone": one.tone.value, "headline": say(one.headline), "sentence": say(one.sentence)}
        for name, one in OUTCOMES.items()
    }
    return {"outcomes": outcomes, "notes": {name: say(note) for name, note in NOTES.items()}}
