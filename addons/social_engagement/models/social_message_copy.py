from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from ..analysis import duplicates
from .bulk import set_each

#: Bands are kept so long: what comes later is an event of its own.
DAYS_KEPT = 30
#: Fingerprints with one of these bands. Band by band: of thousands at once PostgreSQL
#: believes that a great part of the table has one, and reads all of it.
SHARING = """
    SELECT found.message_id, found.bands FROM unnest(%s::int4[]) AS band
    CROSS JOIN LATERAL (
      SELECT message_id, bands FROM social_message_band
      WHERE social_last_bits(bands) @> social_last_bits(ARRAY[band]) OFFSET 0) found
    WHERE band = ANY(found.bands)"""


class _New(NamedTuple):
    """A message that is not created yet: its place among the new ones."""

    place: int


class Likeness(NamedTuple):
    """What a new text is like: `original` is the id of a message it is a copy of, a
    `_New` or None; `bands` are kept where it is no copy.
    """

    bands: list
    original: object

    @property
    def known_original(self):
        """The id of an original that stands in the database, else False."""
        return False if isinstance(self.original, _New) else self.original or False


class SocialMessageBand(models.Model):
    """The fingerprint of a message that is no copy: 16 numbers, and what shares one of
    them may be its copy. They are one column the ORM does not know, ``bands`` (int4[]):
    a row for each number would take ten times the room. The index is over their last
    bits, which several messages share: that takes half the room, and what was found so
    is compared in full.
    """

    _name = "social.message.band"
    _description = "Fingerprint of a Message"
    _log_access = False

    message_id = fields.Many2one(
        "social.message", required=True, readonly=True, ondelete="cascade", index=True
    )

    @api.private
    def init(self):
        self.env.cr.execute(
            """ALTER TABLE social_message_band ADD COLUMN IF NOT EXISTS bands int4[];
               CREATE OR REPLACE FUNCTION social_last_bits(bands int4[])
               RETURNS int4[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
               AS 'SELECT array_agg(band & 1048575) FROM unnest(bands) band';
               DROP INDEX IF EXISTS social_message_band_bands;
               CREATE INDEX IF NOT EXISTS social_message_band_last_bits
               ON social_message_band USING gin (social_last_bits(bands))
               WITH (fastupdate = off)"""
        )

    @api.autovacuum
    def _gc_bands(self):
        """Forgets the oldest fingerprints, so that the table stays small."""
        self.env.cr.execute(
            SQL(
                """DELETE FROM social_message_band b USING social_message m
                   WHERE m.id = b.message_id AND m.create_date < %s""",
                fields.Datetime.now() - timedelta(days=DAYS_KEPT),
            )
        )


class SocialMessage(models.Model):
    """Copies: the same text shared or copied a hundred times is one event."""

    _inherit = "social.message"

    copy_of_id = fields.Many2one(
        "social.message",
        "Copy of",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
    )
    copy_ids = fields.One2many("social.message", "copy_of_id", "Copies")
    copy_count = fields.Integer(
        "Times copied",
        compute="_compute_copy_count",
        help="How many later posts say the same.",
    )

    @api.depends("copy_ids")
    def _compute_copy_count(self):
        # Counted when read: in a storm all jobs would write to the one post copied.
        counts = dict(
            self._read_group(
                [("copy_of_id", "in", self.ids)], ["copy_of_id"], ["__count"]
            )
        )
        for message in self:
            message.copy_count = counts.get(message, 0)

    @api.model
    def _find_copies(self, company, texts):
        """Which of the texts of new messages, oldest first, say the same as a message
        of the last weeks, or as a text before them.

        :return: list of :class:`Likeness` in the same order
        """
        bands = [duplicates.bands(text) for text in texts]
        finder = self._finder(company, {band for each in bands for band in each})
        found = []
        for place, (text, known) in enumerate(zip(texts, bands, strict=True)):
            original = finder.find(text, known) if known else None
            if original is None:
                finder.add(_New(place), text, known)
                found.append(Likeness(known, None))
            else:
                found.append(Likeness([], original))
        return found

    @api.model
    def _finder(self, company, bands):
        """A `Finder` over the company's messages that have one of these bands."""
        finder = duplicates.Finder()
        if not bands:
            return finder
        self.env.cr.execute(SHARING, [list(bands)])
        found = dict(self.env.cr.fetchall())
        for message in self.browse(found):
            if message.company_id == company:
                finder.add(message.id, message._analysed_text(), found[message.id])
        return finder

    def _keep_likeness(self, found):
        """Notes of these messages, created now, what `_find_copies` found."""
        ids = self.ids
        within = []
        for message, likeness in zip(self, found, strict=True):
            original = likeness.original
            if isinstance(original, _New):
                within.append((message.id, ids[original.place]))
        set_each(
            self.browse(message for message, _original in within),
            [{"copy_of_id": original} for _message, original in within],
        )
        self.env["social.message"].invalidate_model(["copy_count"], flush=False)
        self._keep_bands(
            {key: likeness.bands for key, likeness in zip(ids, found, strict=True)}
        )

    def _keep_bands(self, originals):
        rows = [
            SQL("(%s, %s::int4[])", key, bands)
            for key, bands in originals.items()
            if bands
        ]
        if rows:
            self.env.cr.execute(
                SQL(
                    "INSERT INTO social_message_band (message_id, bands) VALUES %s",
                    SQL(", ").join(rows),
                )
            )
