import {registerComposerAction} from "@mail/core/common/composer_actions";

import {_t} from "@web/core/l10n/translation";

const isAnswer = ({owner}) => Boolean(owner.isSocialAnswer && owner.social);

registerComposerAction("social-suggestions", {
    condition: isAnswer,
    icon: "fa fa-lightbulb-o",
    name: _t("Suggested replies"),
    onSelected: ({owner}, ev) => owner.openSuggestions(ev.currentTarget),
    sequence: 3,
});

registerComposerAction("social-invite", {
    condition: (params) => isAnswer(params) && Boolean(params.owner.social.invitation),
    icon: "fa fa-lock",
    name: _t("Invite to a private message"),
    onSelected: ({owner}) => owner.inviteToPrivate(),
    sequence: 4,
});

registerComposerAction("social-preview", {
    condition: isAnswer,
    icon: "fa fa-eye",
    isActive: ({owner}) => owner.answerState.preview,
    name: _t("Preview"),
    onSelected: ({owner}) => {
        owner.answerState.preview = !owner.answerState.preview;
    },
    sequence: 6,
});
