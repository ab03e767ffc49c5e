"""Who else reads or answers here: live and forgotten at once. Nothing is stored; it is
advice only, and what must not happen twice is guarded where it happens.
"""

import re

from odoo import api, models

ROOM = re.compile(r"social_engagement\.presence:([a-z_.]+):(\d+)")
ID = re.compile(r"[0-9]{1,9}")  # what the database can look for
SUBCHANNEL = "social_presence"
TYPE = "social_engagement/presence"
NEWS = "social_engagement/news"
ON_THE_WAY = ("queued", "sending", "withdrawing")


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        """A room is asked for by a string anybody could guess: it becomes the record
        itself, for those who may read it.
        """
        asked = {c: ROOM.fullmatch(c) for c in channels if isinstance(c, str)}
        rooms = {c: match.groups() for c, match in asked.items() if match}
        channels = [c for c in channels if c not in rooms]
        for model, record_id in rooms.values():
            if room := self.env["mail.thread"]._presence_room(model, record_id):
                channels.append((room, SUBCHANNEL))
        return super()._build_bus_channel_list(channels)


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    _shows_presence = False  # whether colleagues see each other in the chatter

    def _presence_room(self, model, record_id):
        """The record whose chatter is the room, when the current user may be in it.

        :param model: what a browser says it is, of whatever type
        :param record_id: the same
        """
        records = self.env.get(model) if isinstance(model, str) else None
        number = str(record_id)
        if not getattr(records, "_shows_presence", False) or not ID.fullmatch(number):
            return None
        if not self.env.user._is_internal():  # visitors of a website ask for nothing
            return None
        record = records.browse(int(number)).exists()
        return record if record.has_access("read") else None

    def _tell_presence(self, state, tab, hello=False):
        """Tells all who are in this room what the current user does.

        :param state: "reading", "answering" or "left"
        :param tab: names the browser's page: a user may have several
        :param hello: asks the others to say what they do
        """
        user = self.env.user
        self.env["bus.bus"]._sendone(
            (self, SUBCHANNEL),
            TYPE,
            {
                "model": self._name,
                "id": self.id,
                "tab": tab,
                "state": state,
                "hello": hello,
                "user": {
                    "id": user.id,
                    "name": user.name,
                    "partner_id": user.partner_id.id,
                },
            },
        )

    def _tell_news(self):
        """Tells all who are in these rooms that there is something new to read."""
        for room in self:
            self.env["bus.bus"]._sendone(
                (room, SUBCHANNEL), NEWS, {"model": room._name, "id": room.id}
            )

    def _thread_to_store(self, store, fields, *, request_list=None):
        super()._thread_to_store(store, fields, request_list=request_list)
        if request_list is None or not self._shows_presence:
            return
        for thread in self.filtered("id"):
            store.add(thread, {"showsPresence": True}, as_thread=True)


class SocialConversation(models.Model):
    _inherit = "social.conversation"

    _shows_presence = True


class SocialMessage(models.Model):
    """What comes into a chatter is shown at once to those who look at it."""

    _inherit = "social.message"

    @api.model
    def _receive_new(self, channel, posts):
        messages = super()._receive_new(channel, posts)
        new = self.browse().union(*messages.values())
        for conversation, said in new.grouped("conversation_id").items():
            # at one that has just begun nobody looks yet
            if conversation.message_count > len(said):
                conversation._desk_thread()._tell_news()
        return messages

    def _show_queued(self):
        res = super()._show_queued()
        self.conversation_id.sudo()._desk_thread()._tell_news()
        return res

    def _notify_delivery(self):
        """What became of an answer interests colleagues who look at it, too."""
        res = super()._notify_delivery()
        decided = self.filtered(lambda m: m.delivery_state not in ON_THE_WAY)
        for conversation in decided.conversation_id.sudo():
            conversation._desk_thread()._tell_news()
        return res
