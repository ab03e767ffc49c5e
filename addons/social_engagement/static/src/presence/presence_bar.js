import {fields} from "@mail/core/common/record";
import {Chatter} from "@mail/chatter/web_portal/chatter";
import {Thread} from "@mail/core/common/thread_model";

import {
    Component,
    onMounted,
    onWillUnmount,
    useEffect,
    useExternalListener,
    useState,
} from "@odoo/owl";

import {browser} from "@web/core/browser/browser";
import {_t} from "@web/core/l10n/translation";
import {rpc} from "@web/core/network/rpc";
import {user} from "@web/core/user";
import {useService} from "@web/core/utils/hooks";
import {patch} from "@web/core/utils/patch";
import {imageUrl} from "@web/core/utils/urls";
import {uuid} from "@web/core/utils/strings";

export const HEARTBEAT = 20000; // ms between two signs of life
export const EXPIRY = 45000; // ms after the last one
const ROUTE = "/social_engagement/presence";
const TYPE = "social_engagement/presence";
const NEWS = "social_engagement/news";
const ON_THEIR_WAY = ["to_approve", "queued", "sending", "uncertain"];
const WRITING = ["social", "message"]; // composers whose words reach the customer

/**
 * Who else reads or answers in this chatter. Everybody tells the others what they do; who
 * comes asks them to say it again. Advice only: the server guards what must not happen.
 */
export class PresenceBar extends Component {
    static template = "social_engagement.PresenceBar";
    static props = ["thread", "isAnswering", "onNews"];

    setup() {
        this.bus = useService("bus_service");
        this.tab = uuid();
        this.state = useState({others: {}});
        this.onSign = this.onSign.bind(this);
        this.onNews = this.onNews.bind(this);
        this.onReconnect = () => this.enter();
        const {model, id} = this.props.thread;
        this.room = `social_engagement.presence:${model}:${id}`;
        onMounted(() => {
            this.bus.subscribe(TYPE, this.onSign);
            this.bus.subscribe(NEWS, this.onNews);
            this.bus.addEventListener("BUS:RECONNECT", this.onReconnect);
            this.bus.addChannel(this.room);
            this.enter();
            this.heart = browser.setInterval(() => this.beat(), HEARTBEAT);
        });
        onWillUnmount(() => {
            browser.clearInterval(this.heart);
            this.bus.deleteChannel(this.room);
            this.bus.removeEventListener("BUS:RECONNECT", this.onReconnect);
            this.bus.unsubscribe(TYPE, this.onSign);
            this.bus.unsubscribe(NEWS, this.onNews);
            this.tell("left");
        });
        let isFirst = true;
        useEffect(
            () => {
                if (!isFirst) {
                    this.tell(this.doing);
                }
                isFirst = false;
            },
            () => [this.props.isAnswering]
        );
        useExternalListener(window, "pagehide", () => this.leaveForGood());
        useExternalListener(document, "visibilitychange", () =>
            document.hidden ? this.tell("left") : this.enter()
        );
    }

    get doing() {
        return this.props.isAnswering ? "answering" : "reading";
    }

    /** One entry for each colleague, those who answer first. */
    get colleagues() {
        const byUser = {};
        for (const {user: colleague, state} of Object.values(this.state.others)) {
            const known = byUser[colleague.id];
            if (known?.state !== "answering") {
                byUser[colleague.id] = {...colleague, state};
            }
        }
        return Object.values(byUser).sort(
            (a, b) =>
                a.state.localeCompare(b.state) || // "answering" < "reading"
                a.name.localeCompare(b.name)
        );
    }

    words({name, state}) {
        return state === "answering"
            ? _t("%(name)s is answering", {name})
            : _t("%(name)s is reading", {name});
    }

    avatar(colleague) {
        return imageUrl("res.partner", colleague.partner_id, "avatar_128");
    }

    enter() {
        this.tell(this.doing, true);
    }

    beat() {
        const oldest = Date.now() - EXPIRY;
        for (const [tab, {seen}] of Object.entries(this.state.others)) {
            if (seen < oldest) {
                delete this.state.others[tab];
            }
        }
        if (!document.hidden) {
            this.tell(this.doing);
        }
    }

    onNews({model, id}) {
        const {thread, onNews} = this.props;
        if (model === thread.model && id === thread.id) {
            onNews();
        }
    }

    /** A sign of a colleague, or of oneself on another page. */
    onSign({model, id, tab, state, hello, user: colleague}) {
        const {thread} = this.props;
        if (model !== thread.model || id !== thread.id || tab === this.tab) {
            return;
        }
        if (colleague.id !== user.userId) {
            if (state === "left") {
                delete this.state.others[tab];
            } else {
                this.state.others[tab] = {user: colleague, state, seen: Date.now()};
            }
        }
        if (hello && !document.hidden) {
            this.tell(this.doing);
        }
    }

    params(state, hello = false) {
        const {model, id} = this.props.thread;
        return {thread_model: model, thread_id: id, state, tab: this.tab, hello};
    }

    async tell(state, hello) {
        try {
            await rpc(ROUTE, this.params(state, hello), {silent: true});
        } catch {
            // Advice that did not arrive: the next sign of life follows soon.
        }
    }

    /** The page goes away, and takes calls that run with it; this one it leaves alone. */
    leaveForGood() {
        const body = {jsonrpc: "2.0", method: "call", params: this.params("left")};
        browser.navigator.sendBeacon(
            ROUTE,
            new Blob([JSON.stringify(body)], {type: "application/json"})
        );
    }
}

Object.assign(Chatter.components, {PresenceBar});

patch(Thread.prototype, {
    setup() {
        super.setup();
        /** Whether colleagues see each other in this chatter. */
        this.showsPresence = fields.Attr(false);
    },

    /** What became of answers on their way: only their author is told by the core. */
    async refreshAnswers() {
        const ids = this.messages
            .filter(({social}) => ON_THEIR_WAY.includes(social?.delivery_state))
            .map(({id}) => id);
        if (ids.length) {
            const {data} = await this.fetchMessagesData({after: Math.min(...ids) - 1});
            this.store.insert(data);
        }
    },
});

patch(Chatter.prototype, {
    get isAnswering() {
        return WRITING.includes(this.state.composerType);
    },

    async onNews() {
        const {thread} = this.state;
        await this.load(thread, ["messages"]);
        await thread.refreshAnswers();
    },
});
