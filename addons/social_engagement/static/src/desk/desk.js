import {Chatter} from "@mail/chatter/web_portal/chatter";

import {
    Component,
    onMounted,
    onWillStart,
    onWillUnmount,
    useRef,
    useState,
    useSubEnv,
} from "@odoo/owl";

import {browser} from "@web/core/browser/browser";
import {useDropdownState} from "@web/core/dropdown/dropdown_hooks";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";
import {useService} from "@web/core/utils/hooks";
import {debounce} from "@web/core/utils/timing";
import {CallbackRecorder, useSetupAction} from "@web/search/action_hook";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";

import {networkIcons} from "../message/message_origin";
import {SnoozeMenu} from "../snooze/snooze_menu";
import {offerUndo} from "../undo/undo";
import {useDeskKeys} from "./desk_keys";
import {isComposing} from "./draft_first";
import {DeskRow} from "./desk_row";
import {DeskSide} from "./desk_side";
import {NO_FILTERS, WaitingList} from "./waiting_list";
import {BOXES, countText, dueWords} from "./wording";

const {DateTime} = luxon;
const MODEL = "social.conversation";
const CHANNEL = "social_desk";
const GATHER = 1000; // ms in which changes are taken together
const TYPING = 300; // ms after the last letter of a search
const MINUTE = 60000;

/** What waits, the conversation, the customer: where agents work. */
export class SocialDesk extends Component {
    static template = "social_engagement.Desk";
    static components = {Chatter, DeskRow, DeskSide, SnoozeMenu};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.ui = useState(useService("ui"));
        this.bus = useService("bus_service");
        this.listRef = useRef("list");
        this.searchRef = useRef("search");
        this.titleRef = useRef("title");
        this.chatterRef = useRef("chatter");
        this.snoozeMenu = useDropdownState();
        this.beforeLeave = new CallbackRecorder();
        useSubEnv({socialDesk: true});
        const kept = this.props.state || {};
        this.list = useState(new WaitingList(this.orm));
        this.state = useState({
            choices: {channels: [], languages: []},
            cursor: kept.cursor || 0, // id of the row the keys move
            open: null, // the row of the conversation that is open
            side: null, // what is beside it: it comes after the conversation
            pane: "list", // on a phone: "list", "thread" or "side"
            showFilters: false,
            text: "", // typed as a search; the list's own follows a little later
            now: DateTime.now(),
            said: "", // for screen readers
        });
        this.showHelp = useDeskKeys(this);
        useSetupAction({
            getLocalState: () => ({
                cursor: this.state.cursor,
                open: this.state.open?.id,
            }),
            beforeLeave: () => this.leaveSide(),
        });
        this.changed = new Set();
        this.search = debounce((text) => this.narrow({text}), TYPING);
        const onChanged = ({ids}) => {
            ids.forEach((id) => this.changed.add(id));
            this.gather();
        };
        this.bus.subscribe(CHANNEL, onChanged);
        this.bus.addChannel(CHANNEL);
        const timer = browser.setInterval(() => {
            this.state.now = DateTime.now();
        }, MINUTE);
        onWillStart(async () => {
            const [choices] = await Promise.all([
                this.orm.call(MODEL, "waiting_choices", []),
                this.list.load(this.keptFilters()),
            ]);
            this.state.choices = choices;
            this.state.cursor = this.state.cursor || this.list.rows[0]?.id || 0;
            const asked = kept.open || (await this.askedFor());
            if (asked) {
                await this.open(asked);
            }
        });
        onMounted(() => this.listRef.el?.focus());
        onWillUnmount(() => {
            browser.clearInterval(timer);
            browser.clearTimeout(this.gathering);
            this.bus.unsubscribe(CHANNEL, onChanged);
            this.bus.deleteChannel(CHANNEL);
        });
    }

    // ------------------------------------------------------------------
    // The list
    // ------------------------------------------------------------------

    get boxes() {
        return Object.entries(BOXES).map(([name, {label}]) => {
            const count = countText(this.list.counts[name]);
            return {name, label, count};
        });
    }

    get boxLabel() {
        return BOXES[this.list.filters.box].label;
    }

    /** How many filters narrow the list, beside the box and the search. */
    get filterCount() {
        const {channel_id: channel, language, direct} = this.list.filters;
        return [channel, language, direct].filter(Boolean).length;
    }

    get isNarrowed() {
        return this.filterCount > 0 || Boolean(this.list.filters.text);
    }

    get storage() {
        return `social_desk:${user.userId}`;
    }

    keptFilters() {
        try {
            const kept = JSON.parse(browser.localStorage.getItem(this.storage)) || {};
            return kept.box in BOXES ? {...NO_FILTERS, ...kept, text: ""} : {};
        } catch {
            return {};
        }
    }

    async narrow(filters) {
        await this.list.load(filters);
        browser.localStorage.setItem(this.storage, JSON.stringify(this.list.filters));
        this.state.cursor = this.list.rows[0]?.id || 0;
        if (this.listRef.el) {
            this.listRef.el.scrollTop = 0;
        }
        this.say(
            this.list.hasMore
                ? _t("More than %(count)s conversations", {
                      count: this.list.rows.length,
                  })
                : _t("%(count)s conversations", {count: this.list.rows.length})
        );
    }

    widen() {
        this.state.text = "";
        return this.narrow({...NO_FILTERS, box: this.list.filters.box});
    }

    onScroll({target}) {
        if (target.scrollTop + target.clientHeight > target.scrollHeight - 300) {
            this.list.more();
        }
    }

    focusSearch() {
        this.state.pane = "list";
        this.searchRef.el?.focus();
    }

    /** From the search on to what it found. */
    onSearchKeydown(ev) {
        // What is being composed is not typed yet: the keys choose among its signs.
        if (isComposing(ev)) {
            return;
        }
        if (["Enter", "ArrowDown"].includes(ev.key) && this.listRef.el) {
            ev.preventDefault();
            this.listRef.el.focus();
        }
    }

    moveDown() {
        return this.move(1);
    }

    moveUp() {
        return this.move(-1);
    }

    async move(steps) {
        if (steps > 0 && this.state.cursor === this.list.rows.at(-1)?.id) {
            await this.list.more();
        }
        const row = this.list.neighbour(this.state.cursor, steps);
        if (row) {
            this.state.cursor = row.id;
            document
                .getElementById(this.rowId(row))
                ?.scrollIntoView({block: "nearest"});
        }
    }

    rowId({id}) {
        return `o-social-Desk-row-${id}`;
    }

    onListKeydown(ev) {
        const moves = {ArrowDown: 1, ArrowUp: -1};
        if (isComposing(ev)) {
            return;
        }
        if (ev.key in moves) {
            this.move(moves[ev.key]);
        } else if (ev.key === "Enter") {
            this.openCursor();
        } else {
            return;
        }
        ev.preventDefault();
    }

    /** One question at a time, and not for ever put off where something always changes. */
    gather() {
        this.gathering ||= browser.setTimeout(async () => {
            try {
                await this.follow();
            } finally {
                this.gathering = 0;
                if (this.changed.size) {
                    this.gather();
                }
            }
        }, GATHER);
    }

    /** What the bus told of, taken together. */
    async follow() {
        const ids = [...this.changed];
        this.changed.clear();
        const {open} = this.state;
        const [fresh] = await Promise.all([
            this.list.follow(ids),
            open && ids.includes(open.id) && this.refreshOpen(),
        ]);
        if (!this.list.row(this.state.cursor) && !this.state.open) {
            this.state.cursor = this.list.rows[0]?.id || 0;
        }
        if (fresh.length) {
            this.say(_t("%(count)s new", {count: fresh.length}));
        }
    }

    say(text) {
        this.state.said = text;
    }

    // ------------------------------------------------------------------
    // The conversation
    // ------------------------------------------------------------------

    get openIcon() {
        return networkIcons.get(this.state.open.network, "fa fa-globe");
    }

    get openDue() {
        return dueWords(this.state.open.due, this.state.now);
    }

    get isMine() {
        return this.state.open.user?.id === user.userId;
    }

    get isClosed() {
        return isClosed(this.state.open);
    }

    /** The conversation the address names, as after loading anew; undefined: none. */
    async askedFor() {
        const {resId} = this.props;
        const [id] = resId ? await this.orm.search(MODEL, [["id", "=", resId]]) : [];
        return id;
    }

    openCursor() {
        return this.state.cursor && this.open(this.state.cursor);
    }

    async open(id) {
        if (!(await this.leaveSide())) {
            return;
        }
        this.state.cursor = id;
        const row = this.list.row(id);
        this.state.open =
            row && row.in_chatter
                ? row
                : await this.orm.call(MODEL, "waiting_open", [[id]]);
        this.state.pane = "thread";
        this.props.updateActionState({resId: id});
        browser.setTimeout(() => {
            this.titleRef.el?.focus();
            this.showSide();
        });
    }

    showSide() {
        const {open} = this.state;
        const key = open && [open.id, open.state, open.user?.id, open.thread?.id];
        this.state.side = open && {id: open.id, key: key.join()};
    }

    /** What was typed beside the conversation is kept first. */
    async leaveSide() {
        const asked = this.beforeLeave.callbacks.map((callback) => callback());
        return !(await Promise.all(asked)).includes(false);
    }

    async refreshOpen() {
        const {id} = this.state.open;
        const row = await this.orm.silent.call(MODEL, "waiting_open", [[id]]);
        if (this.state.open?.id === id) {
            this.state.open = row;
            this.showSide();
            if (row.thread) {
                this.env.bus.trigger("MAIL:RELOAD-THREAD", row.thread);
            }
        }
    }

    closeOpen() {
        this.state.open = this.state.side = null;
        this.state.pane = "list";
        this.props.updateActionState({resId: false});
        browser.setTimeout(() => this.listRef.el?.focus());
    }

    back() {
        this.state.pane = this.state.pane === "side" ? "thread" : "list";
    }

    answer() {
        if (!this.state.open) {
            return this.openCursor();
        }
        const button = this.chatterRef.el?.querySelector(".o-social-Chatter-answer");
        if (button?.classList.contains("active")) {
            this.chatterRef.el.querySelector(".o-mail-Composer-input")?.focus();
        } else {
            button?.click();
        }
    }

    /** The conversation the keys are about: the open one, else the row they stand on. */
    get subject() {
        return this.state.open || this.list.row(this.state.cursor);
    }

    async assignToMe() {
        if (this.subject) {
            await this.act("action_assign", this.subject.id);
            this.say(_t("Assigned to you"));
        }
    }

    solveAndNext() {
        return this.finish("action_solve", _t("Resolved"));
    }

    needsNoAction() {
        return this.finish("action_no_action", _t("Dismissed"));
    }

    snooze(method, value) {
        return this.finish(method, _t("Snoozed"), [value]);
    }

    async openSnooze() {
        if (!this.state.open) {
            await this.openCursor();
        }
        if (this.state.open && !this.isClosed) {
            this.snoozeMenu.open();
        }
    }

    reopen() {
        return this.act("action_open", this.state.open.id);
    }

    /** Has something done by the server, and offers to undo it. */
    async act(method, id, args = []) {
        const done = await this.orm.call(MODEL, method, [[id], ...args]);
        offerUndo(this.env, done);
    }

    /** One is done with: the next one opens. */
    async finish(method, words, args = []) {
        const {subject} = this;
        if (!subject || isClosed(subject) || !(await this.leaveSide())) {
            return;
        }
        const next =
            this.list.neighbour(subject.id, 1) || this.list.neighbour(subject.id, -1);
        await this.act(method, subject.id, args);
        this.list.drop(subject.id);
        if (next && next.id !== subject.id) {
            await this.open(next.id);
        } else {
            this.closeOpen();
        }
        this.say(words);
    }

    openRecord() {
        this.action.doAction({
            type: "ir.actions.act_window",
            name: this.state.open.author,
            res_model: MODEL,
            res_id: this.state.open.id,
            views: [[false, "form"]],
        });
    }

    connect() {
        this.action.doAction("social_engagement.social_channel_action");
    }

    openAll() {
        this.action.doAction("social_engagement.social_conversation_action");
    }
}

function isClosed({state}) {
    return ["solved", "no_action"].includes(state);
}

registry.category("actions").add("social_engagement.desk", SocialDesk);
