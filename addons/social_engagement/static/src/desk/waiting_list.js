import {KeepLast} from "@web/core/utils/concurrency";

const MODEL = "social.conversation";
const MOST_AT_ONCE = 100; // changes that are looked up one by one

export const NO_FILTERS = {
    box: "todo",
    channel_id: 0,
    language: "",
    direct: false,
    text: "",
};

/**
 * The list of what waits, page by page, as the server orders it: by rank, falling, then by
 * id. It holds what it shows and asks the server for nothing it has.
 */
export class WaitingList {
    rows = [];
    counts = {};
    filters = {...NO_FILTERS};
    isLoaded = false;
    isLoading = false;

    constructor(orm) {
        this.orm = orm;
        this.keepLast = new KeepLast();
        this.next = null; // where the page behind the last row begins
    }

    get hasMore() {
        return this.next !== null;
    }

    row(id) {
        return this.rows.find((row) => row.id === id);
    }

    /** The row some steps away from one; the first where that one is not here. */
    neighbour(id, steps) {
        const index = this.rows.findIndex((row) => row.id === id);
        return index < 0 ? this.rows[0] : this.rows[index + steps];
    }

    async load(filters = {}) {
        Object.assign(this.filters, filters);
        const [page] = await this._loading(
            Promise.all([this._page(null), this.count()])
        );
        this.next = page.next;
        this.rows = page.rows;
        this.isLoaded = true;
    }

    async more() {
        if (!this.hasMore || this.isLoading) {
            return;
        }
        const page = await this._loading(this._page(this.next));
        this.next = page.next;
        const here = new Set(this.rows.map(({id}) => id));
        this.rows.push(...page.rows.filter(({id}) => !here.has(id)));
    }

    async count() {
        this.counts = await this.orm.silent.call(MODEL, "waiting_counts", []);
    }

    /**
     * Some conversations are not what they were: they move, come in or leave.
     *
     * @returns {Promise<Object[]>} rows that came in
     */
    async follow(ids) {
        if (ids.length > MOST_AT_ONCE) {
            const before = new Set(this.rows.map(({id}) => id));
            await this.load();
            return this.rows.filter(({id}) => !before.has(id));
        }
        const asked = JSON.stringify(this.filters);
        const [found] = await Promise.all([
            this.orm.silent.call(MODEL, "waiting_rows", [ids, {...this.filters}]),
            this.count(),
        ]);
        if (asked !== JSON.stringify(this.filters)) {
            return [];
        }
        const before = new Set(this.rows.map(({id}) => id));
        const last = this.rows.at(-1);
        const changed = new Set(ids);
        const inReach = found.filter(
            (row) =>
                !this.hasMore || !last || comesFirst(row, last) || row.id === last.id
        );
        const others = this.rows.filter(({id}) => !changed.has(id));
        this.rows = [...others, ...inReach].sort((a, b) => (comesFirst(a, b) ? -1 : 1));
        return inReach.filter(({id}) => !before.has(id));
    }

    /** It is done: the list needs not wait for the server to say so. */
    drop(id) {
        this.rows = this.rows.filter((row) => row.id !== id);
    }

    _page(after) {
        return this.orm.call(MODEL, "waiting_page", [{...this.filters}, after]);
    }

    /** What is overtaken by a later question never ends; that one says when it is done. */
    async _loading(asked) {
        this.isLoading = true;
        try {
            return await this.keepLast.add(asked);
        } finally {
            this.isLoading = false;
        }
    }
}

function comesFirst(a, b) {
    return a.rank === b.rank ? a.id < b.id : a.rank > b.rank;
}
