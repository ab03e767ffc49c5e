import {Composer} from "@mail/core/common/composer";
import {UseSuggestion} from "@mail/core/common/suggestion_hook";
import {cleanTerm} from "@mail/utils/common/format";

import {patch} from "@web/core/utils/patch";

import {atHandle} from "./wording";

const PEOPLE = "SocialPerson";

/**
 * In an answer an @ names the people of the thread on the network: colleagues mean nothing
 * out there, nor do channels.
 */
patch(UseSuggestion.prototype, {
    get people() {
        return this.comp.social?.people ?? [];
    },

    get isAboutPeople() {
        return this.comp.isSocialAnswer && this.search.delimiter === "@";
    },

    detect() {
        super.detect();
        const isNone =
            this.search.delimiter === "#" ||
            (this.isAboutPeople && !this.people.length);
        if (this.comp.isSocialAnswer && isNone) {
            this.clearSearch();
        }
    },

    update() {
        if (!this.isAboutPeople) {
            return super.update();
        }
        const term = cleanTerm(this.search.term);
        const suggestions = this.people.filter(({handle, name}) =>
            cleanTerm(`${handle} ${name}`).includes(term)
        );
        this.state.items = suggestions.length ? {type: PEOPLE, suggestions} : undefined;
    },

    async fetchSuggestions() {
        if (!this.isAboutPeople) {
            return super.fetchSuggestions();
        }
    },
});

patch(Composer.prototype, {
    get navigableListProps() {
        const props = super.navigableListProps;
        const items = this.suggestion?.state.items;
        if (items?.type !== PEOPLE) {
            return props;
        }
        return {
            ...props,
            optionTemplate: "social_engagement.suggestionPerson",
            options: items.suggestions.map(({handle, name}) => ({
                label: handle.replace(/^@/, ""),
                handle: atHandle(handle),
                name,
                classList: "o-mail-Composer-suggestion",
            })),
        };
    },
});
