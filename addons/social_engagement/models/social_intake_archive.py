import json
import zlib

from odoo import api, fields, models
from odoo.tools import SQL

from ..networks import naming

#: What payloads have in common, by the first byte of what was packed with it. Never
#: change one: what is packed could not be read any more. Add another.
DICTIONARIES = {
    b"1": b"".join(
        (
            b'"kind": "created_at": "updated_at": "record": {"$type": "app.bsky.feed.',
            b'post", "uri": "at://did:plc:", "cid": "message": {"message_id": "from": ',
            b'{"first_name": "permalink_url": "author_name": "snippet": {"data": {"',
            b'topLevelComment": "name": "in_reply_to_account_id": null, "sensitive": ',
            b'false, "spoiler_text": "", "replies_count": 0, "locked": false, ',
            b'"discoverable": null, "indexable": "header_static": "https://", ',
            b'"last_status_at": "bot": false, "fields": [], "emojis": [], "tags": [], ',
            b'"mentions": [{"username": "reblogs_count": 0, "favourites_count": 0, ',
            b'"edited_at": null, "media_attachments": [], "in_reply_to_id": null, ',
            b'"visibility": "public", "language": "en", "content": "<p></p>", ',
            b'"type": "mention", "status": {"id": "1", "created_at": "2026-01-01T00:00',
            b':00.000Z", "account": {"id": "1", "acct": "", "username": "", ',
            b'"display_name": "", "note": "<p></p>", "url": "https://", "uri": ',
            b'"https://", "avatar": "https://", "followers_count": 1, ',
            b'"following_count": 1, "statuses_count": 1',
        )
    ),
}
CURRENT = b"1"


class SocialIntake(models.Model):
    """What was processed is kept, packed to a fifth: it is looked at only to look into
    mistakes, and when somebody it names is to be erased. For that it is found by the
    names in it.

    Two columns the ORM does not know: ``packed`` (bytea) and ``names`` (int4[]), see
    :mod:`..networks.naming`.
    """

    _inherit = "social.intake"

    delivered = fields.Text("Payload", compute="_compute_delivered")

    @api.private
    def init(self):
        self.env.cr.execute(
            """ALTER TABLE social_intake ADD COLUMN IF NOT EXISTS packed bytea;
               ALTER TABLE social_intake ADD COLUMN IF NOT EXISTS names int4[];
               CREATE INDEX IF NOT EXISTS social_intake_names
               ON social_intake USING gin (names)"""
        )

    @api.depends("payload")
    def _compute_delivered(self):
        packed = self._packed()
        for intake in self:
            intake.delivered = intake.payload or packed.get(intake.id, False)

    def _packed(self):
        """The payloads of those that are packed: id → text."""
        self.flush_recordset()
        rows = self.env.execute_query(
            SQL(
                """SELECT id, packed FROM social_intake
                   WHERE id = ANY(%s) AND packed IS NOT NULL""",
                list(self._ids),
            )
        )
        return {key: unpack(bytes(data)) for key, data in rows}

    def _archive(self):
        """Packs payloads that were processed."""
        done = self.filtered(lambda intake: intake.payload and intake.state == "done")
        if not done:
            return
        rows = [
            SQL(
                "(%s, %s::bytea, %s::int4[])",
                intake.id,
                pack(intake.payload),
                naming.marks(json.loads(intake.payload)),
            )
            for intake in done
        ]
        done.flush_recordset()
        self.env.cr.execute(
            SQL(
                """UPDATE social_intake i
                   SET packed = v.packed, names = v.names, payload = NULL
                   FROM (VALUES %s) AS v (id, packed, names) WHERE i.id = v.id""",
                SQL(", ").join(rows),
            )
        )
        done.invalidate_recordset(["payload", "delivered"], flush=False)

    def _bring_back(self):
        """Unpacks payloads, to be processed once more."""
        for key, payload in self._packed().items():
            self.browse(key).payload = payload

    def _discard(self, values):
        """Empties payloads, packed or not.

        :param values: what else to write
        """
        self.write({"payload": False, **values})
        self.flush_recordset()
        self.env.cr.execute(
            SQL(
                """UPDATE social_intake SET packed = NULL, names = NULL
                   WHERE id = ANY(%s) AND packed IS NOT NULL""",
                list(self._ids),
            )
        )
        self.invalidate_recordset(["delivered"], flush=False)

    @api.model
    def _archived_naming(self, profile, name):
        """What was delivered and processed in a profile's company and network, and
        contains a name.

        :param name: an ID, a handle or an address
        """
        keys = naming.keys(name)
        if not keys:
            return self.browse()
        rows = self.env.execute_query(
            SQL(
                """SELECT i.id, i.packed FROM social_intake i
                   JOIN social_channel c ON c.id = i.channel_id
                   WHERE i.names @> %s::int4[] AND i.packed IS NOT NULL
                     AND c.company_id = %s AND c.network = %s""",
                keys,
                profile.company_id.id,
                profile.network,
            )
        )
        said = json.dumps(name)[1:-1].lower()
        return self.browse(k for k, data in rows if said in unpack(bytes(data)).lower())


def pack(text):
    """A payload as bytes, smaller; :func:`unpack` gives it back."""
    packer = zlib.compressobj(level=6, zdict=DICTIONARIES[CURRENT])
    return CURRENT + packer.compress(text.encode()) + packer.flush()


def unpack(data):
    unpacker = zlib.decompressobj(zdict=DICTIONARIES[data[:1]])
    return (unpacker.decompress(data[1:]) + unpacker.flush()).decode()
