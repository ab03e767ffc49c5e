import base64
import hashlib
import json

from odoo import api, fields, models

from .. import networks
from ..networks.base import BadPayload, Reason

CODED = "base64:"  # before the body of a call that is no storable text
GONE = "(gone)"  # in place of a revision: that the post was deleted
DONE = {"state": "done", "reason": False, "error": False}


class SocialIntake(models.Model):
    """What networks tell by calling us. A call is stored as it came; a job takes it
    apart into the same rows that fetching makes, so that nothing counts twice.
    """

    _inherit = "social.intake"

    kind = fields.Selection(
        [
            ("item", "Post"),
            ("call", "Webhook call"),
            ("gone", "Deletion"),
            ("erase", "A person's wish to be forgotten"),
        ],
        required=True,
        readonly=True,
        default="item",
    )

    @api.model
    def _store_call(self, channel, body):
        """Stores a webhook call; one that is here already is passed over.

        :param body: bytes, checked to come from the network
        """
        name = "call:" + hashlib.sha256(body).hexdigest()
        if self._insert(channel, [(name, "", _as_text(body))], kind="call"):
            self.env["social.feed"]._wake()

    def _take_apart(self, channel):
        """Stores what calls tell as rows of their own, each for the channel of the
        account it is told to.
        """
        for call in self:
            try:
                adapter = networks.get(channel.network)
                events = adapter.events(_as_bytes(call.payload or ""))
            except BadPayload as error:
                call._fail(error.reason, error.detail)
                continue
            strangers = self._tell(channel, events)
            if strangers:
                accounts = ", ".join(sorted(strangers))
                detail = f"no channel is connected as {accounts}"
                call._fail(Reason.NOT_FOUND, detail)
            else:
                # Its text is in rows of its own now, where deletions reach it.
                call.write({**DONE, "payload": False})

    @api.model
    def _tell(self, channel, events):
        """Hands events to the channels they are for.

        :return: the accounts that no channel is connected as
        """
        of_account = {}
        for event in events:
            of_account.setdefault(event.account_id, []).append(event)
        receivers = {a: channel._of_account(a) for a in of_account}
        for account, receiver in receivers.items():
            if receiver.state in ("connected", "reauthorise"):
                self._take_events(receiver, of_account[account])
        return {account for account, receiver in receivers.items() if not receiver}

    @api.model
    def _take_events(self, channel, events):
        items = [event.item for event in events if event.kind == "item"]
        self._insert(channel, self._rows(items))
        gone = [event.external_id for event in events if event.kind == "gone"]
        self._insert(channel, [(name, GONE, "{}") for name in gone], kind="gone")
        nudged = {event.feed for event in events if event.kind == "nudge"}
        if nudged:
            feeds = channel.feed_ids.filtered(lambda f: {f.kind, ""} & nudged)
            feeds.next_run = fields.Datetime.now()
        if any(event.kind == "revoked" for event in events):
            channel._lose_authorisation()

    def _take_away(self, channel):
        """Follows deletions at the network."""
        self.env["social.message"]._gone(channel, self.mapped("external_id"))
        self.write(DONE)

    # ------------------------------------------------------------------
    # People who want to be forgotten
    # ------------------------------------------------------------------

    @api.model
    def _store_erasure(self, channel, person, moment):
        """Stores a person's wish to be forgotten.

        :param person: their id on the network
        :param moment: tells one wish from the next
        :return: a code to ask by how far it is
        """
        code = hashlib.sha256(f"{channel.webhook_token}:{person}".encode()).hexdigest()
        payload = json.dumps({"person": person})
        row = (_erasure(code), str(moment), payload)
        if self._insert(channel, [row], kind="erase"):
            self.env["social.feed"]._wake()
        return code

    @api.model
    def _erasures(self, channel, code):
        """The wishes of one person, by the code they were given."""
        return self.search(
            [
                ("channel_id", "=", channel.id),
                ("external_id", "=", _erasure(code)),
                ("kind", "=", "erase"),
            ]
        )

    def _erase(self, channel):
        """Deletes what people wrote and what is known of them, in all channels of the
        company on this network.
        """
        people = [json.loads(intake.payload)["person"] for intake in self]
        profiles = self.env["social.profile"].search(
            [
                ("company_id", "=", channel.company_id.id),
                ("network", "=", channel.network),
                ("external_id", "in", people),
            ]
        )
        nobody = self.env["res.partner"]  # customers of ours stay customers
        self.env["social.privacy"]._erase(profiles, nobody, "network")
        # Also of those who never wrote what reached us.
        self.env["social.erased"]._keep(channel.company_id, channel.network, people)
        self.write({**DONE, "payload": False})


def _erasure(code):
    return f"erase:{code}"


def _as_text(body):
    """Bytes as a text that PostgreSQL can store; :func:`_as_bytes` takes it back."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = ""
    if text and "\0" not in text and not text.startswith(CODED):
        return text
    return CODED + base64.b64encode(body).decode()


def _as_bytes(text):
    if text.startswith(CODED):
        return base64.b64decode(text.removeprefix(CODED))
    return text.encode()
