"""Dates of real feeds, in all the forms they come in."""

from odoo.tests import BaseCase

from ..networks.feed_dates import Reader

SAME = "2018-02-15T11:24:50"  # what each of these says, in UTC
FORMS = """
Thu, 15 Feb 2018 11:24:50
Thu, 15 Feb 2018 11:24:50 GMT
Thu, 15 Feb 2018 11:24:50 Z
Thu, 15 Feb 2018 11:24:50 UT
Thu, 15 Feb 2018 11:24:50 -0000
Thu, 15 Feb 2018 12:24:50 +0100
Thu, 15 Feb 2018 12:24:50 +01:00
Thu, 15 Feb 2018 12:24:50 GMT+1
Thu, 15 Feb 2018 12:24:50 GMT+0100
Thu, 15 Feb 2018 13:24:50 UTC+2
Thu Feb 15 2018 12:24:50 GMT+0100 (Central European Standard Time)
Thu, 15 Feb 2018 12:24:50 CET
Thu, 15 Feb 2018 12:24:50 MEZ
Thu, 15 Feb 2018 13:24:50 CEST
Thu, 15 Feb 2018 14:24:50 MSK
Thu, 15 Feb 2018 16:54:50 IST
Thu, 15 Feb 2018 20:24:50 JST
Thu, 15 Feb 2018 21:24:50 AEST
Thu, 15 Feb 2018 12:24:50 BST
Thu, 15 Feb 2018 06:24:50 EST
Thu, 15 Feb 2018 04:24:50 PDT
Thu, 15 Feb 2018 06:24:50 ET
Thu, 15 Feb 2018 06:24:50 America/New_York
Thu, 15 Feb 2018 12:24:50 Europe/Berlin
Thu, 15 Feb 2018 11:24:50 QQQ
thu, 15 feb 2018 12:24:50 cet
Thu,15 Feb 2018 11:24:50 GMT
Thu 15  Feb 2018   11:24:50 GMT
Fri, 15 Feb 2018 11:24:50 GMT
Thursday, 15 February 2018 11:24:50 GMT
Thu, 15 Feb 18 11:24:50 GMT
Thu, Feb 15, 2018 12:24:50 +0100
Feb 15, 2018 11:24:50
Thu Feb 15 11:24:50 2018
Thu Feb 15 12:24:50 CET 2018
Thu Feb 15 12:24:50 +0100 2018
15-Feb-2018 11:24:50
15/Feb/2018:12:24:50 +0100
2018-02-15T11:24:50
2018-02-15T11:24:50Z
2018-02-15T11:24:50 Z
2018-02-15T12:24:50+0100
2018-02-15T12:24:50+01
2018-02-15T12:24:50 +01:00
2018-02-15 11:24:50
2018-02-15 11:24:50 UTC
2018-02-15 12:24:50 CET
2018/02/15 11:24:50
2018.02.15 11:24:50
2018-2-15 11:24:50
20180215T112450Z
20180215112450
15.02.2018 11:24:50
15/02/2018 11:24:50
02/15/2018 11:24:50 AM
2/15/2018 6:24:50 AM EST
1518693890
1518693890000
Do, 15 Feb 2018 12:24:50 +0100
jeu., 15 févr. 2018 12:24:50 +0100
jue, 15 feb 2018 12:24:50 +0100
gio, 15 feb 2018 12:24:50 +0100
qui, 15 fev 2018 08:24:50 -0300
czw, 15 lut 2018 12:24:50 +0100
Чт, 15 фев 2018 14:24:50 +0300
Per, 15 Şub 2018 14:24:50 +0300
Πεμ, 15 Φεβ 2018 13:24:50 +0200
2018年2月15日 11:24:50
"""
DAYS = """
2018-02-15
20180215
2018-046
Thu, 15 Feb 2018
15 February 2018
February 15, 2018
15.02.2018
15/2/18
02/15/2018
15. Februar 2018
jeudi 15 février 2018
15 de febrero de 2018
15 de fevereiro de 2018
15 февраля 2018 г.
2018年2月15日
2018년 2월 15일
"""


class TestFeedDates(BaseCase):
    def told(self, text, language=""):
        moment = Reader(language).moment(text)
        return moment and moment.replace(tzinfo=None).isoformat()

    def test_forms(self):
        for text in filter(None, FORMS.split("\n")):
            self.assertEqual(self.told(text), SAME, text)

    def test_days(self):
        for text in filter(None, DAYS.split("\n")):
            self.assertEqual(self.told(text), "2018-02-15T00:00:00", text)

    def test_the_language_tells_the_order(self):
        for language, month in (
            ("", "05-02"),
            ("en-US", "05-02"),
            ("en-GB", "02-05"),
            ("de", "02-05"),
            ("fr_FR", "02-05"),
        ):
            found = self.told("05/02/2018", language)
            self.assertEqual(found, f"2018-{month}T00:00:00", language)
        self.assertEqual(self.told("05.02.2018", "en"), "2018-02-05T00:00:00")
        chinese = self.told("Thu, 15 Feb 2018 19:24:50 CST", "zh-CN")
        self.assertEqual(chinese, SAME)

    def test_edges_of_a_day(self):
        for text, moment in (
            ("Thu, 15 Feb 2018 24:00:00 GMT", "2018-02-16T00:00:00"),
            ("Mon, 31 Dec 2018 23:59:60 GMT", "2018-12-31T23:59:59"),
            ("2018-02-15T24:00:00Z", "2018-02-16T00:00:00"),
            ("2018-02-15T23:30:00-01:00", "2018-02-16T00:30:00"),
            ("12:00 PM, Feb 15, 2018", "2018-02-15T12:00:00"),
        ):
            self.assertEqual(self.told(text), moment, text)

    def test_what_is_no_date(self):
        for text in (
            *("", "-", "null", "Invalid Date", "yesterday", "now", "3 hours ago"),
            *("Monday", "11:24", "15 Feb", "12", "feed 12 of 2018"),
            *("0000-00-00 00:00:00", "Thu, 31 Feb 2018 11:24:50 GMT", "9" * 20),
            *("Mon, 01 Jan 0001 00:00:00 +0000", "9999-12-31T23:59:59-12:00"),
            *("0001-01-01T00:00:00+14:00", "x" * 5000, "2018 " * 50, "(" * 400),
        ):
            self.assertIsNone(self.told(text), text)

    def test_gives_up_on_a_feed_of_nonsense(self):
        reader = Reader("de")
        for number in range(30):
            self.assertIsNone(reader.moment(f"Ausgabe {number} von 2018 x"))
        self.assertIsNone(reader.moment("15. März 2018"), "the hard forms are over")
        self.assertTrue(reader.moment("Thu, 15 Mar 2018 11:24:50 GMT"))
