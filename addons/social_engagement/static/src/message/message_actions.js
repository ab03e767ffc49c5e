import {registerMessageAction} from "@mail/core/common/message_actions";

import {ConfirmationDialog} from "@web/core/confirmation_dialog/confirmation_dialog";
import {_t} from "@web/core/l10n/translation";

import {offerUndo} from "../undo/undo";
import {SpamDialog} from "./spam_dialog";

/** What the server offers for a post: see _possible_actions() there. */
function isOffered(message, action) {
    return Boolean(message.social?.actions?.includes(action));
}

function call(message, method, ...values) {
    const {orm} = message.store.env.services;
    return orm.call("social.message", method, [[message.social.id], ...values]);
}

/** Does what can be undone. */
async function act(message, method) {
    offerUndo(message.store.env, await call(message, method));
}

/** Says first what it will do. */
async function askAboutSpam(message) {
    const effects = await call(message, "spam_effects");
    message.store.env.services.dialog.add(SpamDialog, {
        effects,
        onConfirm: () => act(message, "action_spam"),
    });
}

/** The new state arrives through the bus. */
function register(action, {name, icon, method, wanted, sequence}) {
    registerMessageAction(`social-${action}`, {
        condition: ({message}) => isOffered(message, action),
        icon,
        name,
        onSelected: ({message}) => call(message, method, wanted),
        sequence,
    });
}

register("like", {
    name: _t("Like on the network"),
    icon: "fa fa-heart-o",
    method: "action_like",
    wanted: true,
    sequence: 21,
});
register("unlike", {
    name: _t("Take the like back"),
    icon: "fa fa-heart",
    method: "action_like",
    wanted: false,
    sequence: 21,
});
register("hide", {
    name: _t("Hide on the network"),
    icon: "fa fa-eye-slash",
    method: "action_hide",
    wanted: true,
    sequence: 22,
});
register("unhide", {
    name: _t("Show on the network again"),
    icon: "fa fa-eye",
    method: "action_hide",
    wanted: false,
    sequence: 22,
});

register("follow", {
    name: _t("Follow the author"),
    icon: "fa fa-user-plus",
    method: "action_follow",
    wanted: true,
    sequence: 23,
});
register("unfollow", {
    name: _t("Follow the author no more"),
    icon: "fa fa-user-times",
    method: "action_follow",
    wanted: false,
    sequence: 23,
});

registerMessageAction("social-spam", {
    condition: ({message}) => isOffered(message, "spam"),
    icon: "fa fa-flag",
    name: _t("Mark as Spam…"),
    onSelected: ({message}) => askAboutSpam(message),
    sequence: 24,
});

registerMessageAction("social-unspam", {
    condition: ({message}) => isOffered(message, "unspam"),
    icon: "fa fa-flag-o",
    name: _t("Not spam"),
    onSelected: ({message}) => act(message, "action_not_spam"),
    sequence: 24,
});

registerMessageAction("social-withdraw", {
    condition: ({message}) => isOffered(message, "withdraw"),
    icon: "fa fa-eraser",
    name: _t("Withdraw the answer"),
    onSelected: ({message}) =>
        message.store.env.services.dialog.add(ConfirmationDialog, {
            title: _t("Withdraw the answer"),
            body: _t(
                "What was not sent yet won't be; what stands on the network is deleted there."
            ),
            confirmLabel: _t("Withdraw"),
            confirm: () => call(message, "action_withdraw"),
            cancel: () => {
                // Stays as it is.
            },
        }),
    sequence: 25,
});
