import {Message} from "@mail/core/common/message";

import {Component, useState} from "@odoo/owl";

import {deserializeDateTime, toLocaleDateTimeString} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";

/**
 * What stands under an answer that needs, or needed, a colleague's approval, or that a
 * newer post stopped: the exact text, who asked, and what can be done about it.
 */
export class ApprovalBar extends Component {
    static template = "social_engagement.ApprovalBar";
    static props = ["message"];

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.state = useState({isBusy: false});
    }

    get social() {
        return this.props.message.social;
    }

    get approval() {
        return this.social.approval;
    }

    get isWaiting() {
        return this.social.delivery_state === "to_approve";
    }

    get isStopped() {
        return ["refused", "overtaken"].includes(this.social.delivery_state);
    }

    get waitingText() {
        return _t("Waits for approval, asked by %(name)s: %(cause)s", {
            name: this.approval.asked_by,
            cause: this.approval.cause,
        });
    }

    get approvedText() {
        const {decided_by: name, changed_by: changedBy} = this.approval;
        return changedBy
            ? _t("Changed and approved by %(name)s", {name})
            : _t("Approved by %(name)s", {name});
    }

    /** What lets a stopped answer go on as it is. */
    get goOnText() {
        if (this.approval.cause) {
            return _t("Ask again as it is");
        }
        return this.sendAt
            ? _t("Send it on %(moment)s all the same", {moment: this.sendAt})
            : _t("Send it all the same");
    }

    get askedText() {
        return this.approval.asked
            ? _t(
                  "A colleague approves it, nobody approves their own. Asked: %(names)s",
                  {
                      names: this.approval.asked,
                  }
              )
            : _t(
                  "Nobody may approve it any more. Ask an administrator to name somebody in the channel's settings."
              );
    }

    get wouldBeSentText() {
        return this.sendAt
            ? _t("This would be sent on %(moment)s:", {moment: this.sendAt})
            : _t("This would be sent:");
    }

    /** When it is to be sent, as the user writes dates; or "". */
    get sendAt() {
        const moment = this.approval.send_at;
        return moment ? toLocaleDateTimeString(deserializeDateTime(moment)) : "";
    }

    get canChange() {
        return this.isStopped && this.approval.text && this.env.inChatter;
    }

    /** The new state arrives through the bus. */
    async callOnPost(method, ...values) {
        this.state.isBusy = true;
        try {
            const action = await this.orm.call("social.message", method, [
                [this.social.id],
                ...values,
            ]);
            if (action) {
                await this.action.doAction(action);
            }
        } finally {
            this.state.isBusy = false;
        }
    }

    /** Approves what is shown: the server compares. */
    approve() {
        return this.callOnPost("action_approve", this.approval.digest);
    }

    /** The text comes back into the draft of an answer; what is there already stays. */
    change() {
        const answer = this.props.message.thread.socialAnswer;
        if (!answer) {
            return;
        }
        const draft = answer.composerText.trim();
        answer.composerText = draft
            ? `${draft}\n\n${this.approval.text}`
            : this.approval.text;
        this.env.inChatter.toggleComposer("social", {force: true});
        if (this.approval.files.length) {
            this.notification.add(_t("Attach the files again, please."), {
                type: "warning",
            });
        }
    }
}

Object.assign(Message.components, {ApprovalBar});
