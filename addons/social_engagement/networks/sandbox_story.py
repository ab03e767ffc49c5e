"""Who writes what and when in the sandbox."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """An author, and what they say to the first answer in their thread, to the second,
    …
    """

    name: str
    language: str
    followers: int
    following: int
    posts: int
    since: str  # ISO date of the account's creation
    reactions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """A post, by the second of the story it is written in."""

    second: int
    id: str
    author: str
    text: str
    thread: str = ""  # its first post, where it is not that itself
    parent: str | None = None


AUTHORS = {
    "lena": Person(
        "Lena Brandt",
        "de",
        340,
        280,
        1_900,
        "2019-03-11",
        ("Vielen Dank für die schnelle Hilfe, jetzt klappt es!",),
    ),
    "tom": Person(
        "Tom Hargreaves",
        "en",
        52,
        140,
        310,
        "2021-08-02",
        (
            "That is the same text your hotline read out to me. It is still broken. "
            "When does somebody really look into it?",
            "All right, thank you. I will wait for the technician.",
        ),
    ),
    "mia_reviews": Person(
        "Mia Reviews",
        "en",
        2_000_000,
        410,
        18_400,
        "2014-05-20",
        ("Thank you for answering so fast. I will tell my viewers how this ends.",),
    ),
    "paul": Person(
        "Paul Lefèvre",
        "fr",
        1_250,
        600,
        4_100,
        "2017-10-09",
        ("Merci beaucoup, c'est réglé ! Bonne journée à toute l'équipe.",),
    ),
    "sofia": Person(
        "Sofía Navarro",
        "es",
        28_000,
        900,
        9_700,
        "2016-01-30",
        (
            "Eso mismo me dijeron la semana pasada. Sigo sin mi dinero.",
            "Gracias, por fin alguien que responde de verdad.",
        ),
    ),
    "xiaoyu": Person(
        "林小雨",
        "zh",
        156_000,
        320,
        6_600,
        "2018-06-18",
        ("谢谢你们这么快回复，问题已经解决了！",),
    ),
    "greta": Person(
        "Greta Olsson",
        "en",
        980,
        450,
        2_200,
        "2020-02-14",
        ("Perfect, exactly what I wanted to know. Thanks!",),
    ),
    "jonas": Person(
        "Jonas Weber",
        "de",
        7_400,
        1_100,
        12_800,
        "2015-09-01",
        (
            "Das hilft mir nicht weiter. Ich will mein Geld zurück!",
            "Danke, angekommen.",
        ),
    ),
    "claire": Person(
        "Claire Dubois",
        "fr",
        430_000,
        700,
        15_200,
        "2013-11-25",
        ("Avec plaisir, continuez comme ça !",),
    ),
    "diego": Person(
        "Diego Fuentes",
        "es",
        215,
        330,
        740,
        "2022-04-05",
        ("¡Muchas gracias, muy amables!",),
    ),
}

POSTS = (
    Entry(
        0,
        "story-1",
        "greta",
        "@brand Does the new router work with the old mesh satellites, or do I need to "
        "buy everything again?",
    ),
    Entry(
        15,
        "story-2",
        "tom",
        "@brand My internet has been down for THREE days now. Nobody calls back, the "
        "hotline hangs up after 40 minutes. This is unacceptable!",
    ),
    Entry(
        35,
        "story-3",
        "lena",
        "@brand Seit dem Update startet die App nicht mehr. Was kann ich tun?",
    ),
    Entry(
        55,
        "story-4",
        "claire",
        "Bravo @brand : commande passée hier soir, livrée ce matin, emballage sans "
        "plastique. C'est parfait !",
    ),
    Entry(
        75,
        "story-5",
        "tom",
        "@brand And now your status page says everything is fine. It is NOT fine.",
        thread="story-2",
        parent="story-2",
    ),
    Entry(
        95,
        "story-6",
        "sofia",
        "@brand Llevo un mes esperando el reembolso de 240 euros. Es una vergüenza, "
        "¿dónde está mi dinero?",
    ),
    Entry(
        115,
        "story-7",
        "xiaoyu",
        "@brand 请问新款耳机什么时候发货？订单已经付款一个星期了，页面还是显示处理中。",
    ),
    Entry(
        140,
        "story-8",
        "jonas",
        "@brand Schon das zweite defekte Gerät in Folge! Ich bin stinksauer, so geht "
        "man nicht mit Kunden um.",
    ),
    Entry(
        160,
        "story-9",
        "paul",
        "@brand Bonjour, comment puis-je changer l'adresse de livraison de ma "
        "commande ?",
    ),
    Entry(
        185,
        "story-10",
        "mia_reviews",
        "I bought the new @brand phone with my own money. The battery swelled up after "
        "two weeks and support told me to 'keep it in a cool place'. This is "
        "dangerous. What are you going to do about it?",
    ),
    Entry(
        210,
        "story-11",
        "lena",
        "@brand Nachtrag: auch neu installieren hilft nicht, Fehler 4012.",
        thread="story-3",
        parent="story-3",
    ),
    Entry(
        235,
        "story-12",
        "diego",
        "¡Gracias @brand! El técnico llegó puntual y lo dejó todo funcionando. Un "
        "diez.",
    ),
    Entry(
        265,
        "story-13",
        "mia_reviews",
        "@brand 3,000 replies later and still not a word from you. My next video is "
        "about this.",
        thread="story-10",
        parent="story-10",
    ),
    Entry(
        295,
        "story-14",
        "greta",
        "Love the new design of the @brand app, so much easier to read. Well done!",
    ),
)
