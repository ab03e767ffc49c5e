"""Payloads that were processed are packed, and found by the words in them."""

from odoo import SUPERUSER_ID, api

BATCH = 1000


def migrate(cr, version):
    if not version:
        return
    intakes = api.Environment(cr, SUPERUSER_ID, {})["social.intake"]
    last = 0
    while batch := intakes.search(
        [
            ("id", ">", last),
            ("kind", "=", "item"),
            ("state", "=", "done"),
            ("payload", "!=", False),
        ],
        order="id",
        limit=BATCH,
    ):
        last = batch[-1].id
        batch._archive()
        intakes.env.invalidate_all()
    # A contact's influence depends on the company that looks: not stored any more.
    cr.execute("ALTER TABLE res_partner DROP COLUMN IF EXISTS social_influence")
