import {Component, onWillStart, onWillUnmount, useState} from "@odoo/owl";

import {browser} from "@web/core/browser/browser";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";

const EVERY = 30000; // ms between two looks
const TILES = {
    waiting: {label: _t("Nobody works on"), domain: [["user_id", "=", false]]},
    open: {label: _t("Open"), domain: []},
    at_risk: {
        label: _t("At risk"),
        colour: "text-warning",
        domain: [
            "|",
            ["first_response_state", "=", "at_risk"],
            ["resolution_state", "=", "at_risk"],
        ],
    },
    missed: {
        label: _t("Missed"),
        colour: "text-danger",
        domain: [
            "|",
            ["first_response_state", "=", "missed"],
            ["resolution_state", "=", "missed"],
        ],
    },
};

/** Who waits, and who works on how much; looks again by itself while it is open. */
export class SocialDashboard extends Component {
    static template = "social_routing.Dashboard";
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.tiles = Object.entries(TILES).map(([key, tile]) => ({key, ...tile}));
        this.state = useState({teams: [], failed: false});
        onWillStart(() => this.look());
        const timer = browser.setInterval(() => this.look(), EVERY);
        onWillUnmount(() => browser.clearInterval(timer));
    }

    /** What was seen last stays when the server can't be reached, and is said to be old. */
    async look() {
        try {
            this.state.teams = await this.orm.silent.call(
                "helpdesk.ticket.team",
                "social_dashboard",
                []
            );
            this.state.failed = false;
        } catch {
            this.state.failed = true;
        }
    }

    share(agent, team) {
        return Math.round((100 * agent.open) / Math.max(1, team.open));
    }

    openTickets(team, name, domain) {
        this.action.doAction({
            type: "ir.actions.act_window",
            name: `${team.name}: ${name}`,
            res_model: "helpdesk.ticket",
            views: [
                [false, "list"],
                [false, "form"],
            ],
            domain: [["team_id", "=", team.id], ["closed", "=", false], ...domain],
        });
    }

    openTile(team, tile) {
        this.openTickets(team, tile.label, tile.domain);
    }

    openAgent(team, agent) {
        this.openTickets(team, agent.name, [["user_id", "=", agent.id]]);
    }

    openTicket(id) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "helpdesk.ticket",
            res_id: id,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("social_routing.dashboard", SocialDashboard);
