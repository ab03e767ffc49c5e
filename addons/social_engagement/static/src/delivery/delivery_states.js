import {_t} from "@web/core/l10n/translation";

/** What becomes of an answer, by the delivery_state of social.message. */
export const DELIVERY_STATES = {
    to_approve: {label: _t("Waiting for approval"), icon: "fa fa-hourglass-half"},
    refused: {label: _t("Not approved"), icon: "fa fa-hand-paper-o"},
    overtaken: {label: _t("Overtaken"), icon: "fa fa-hand-paper-o"},
    queued: {label: _t("Waiting to be sent"), icon: "fa fa-clock-o"},
    sending: {label: _t("Being sent"), icon: "fa fa-paper-plane-o"},
    sent: {label: _t("Sent"), icon: "fa fa-check"},
    failed: {label: _t("Not sent"), icon: "fa fa-exclamation-triangle"},
    uncertain: {label: _t("Perhaps sent"), icon: "fa fa-question-circle"},
    cancelled: {label: _t("Given up"), icon: "fa fa-ban"},
    withdrawing: {label: _t("Being withdrawn"), icon: "fa fa-eraser"},
    standing: {label: _t("Not withdrawn"), icon: "fa fa-exclamation-triangle"},
    withdrawn: {label: _t("Withdrawn"), icon: "fa fa-eraser"},
};

/** What waits for a time of its own. */
export const SCHEDULED = {label: _t("To be sent later"), icon: "fa fa-calendar"};
