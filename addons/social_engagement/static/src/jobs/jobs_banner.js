import {Component, onWillDestroy, useState} from "@odoo/owl";
import {WebClient} from "@web/webclient/webclient";
import {user} from "@web/core/user";
import {useService} from "@web/core/utils/hooks";

const EVERY = 120000; // Milliseconds between two looks

/** Tells agents, on every page, that scheduled jobs do not run: nothing is fetched and
 * nothing is sent then, while all pages look as always. The web server knows.
 */
export class JobsBanner extends Component {
    static template = "social_engagement.JobsBanner";
    static props = {};

    setup() {
        this.orm = useService("orm");
        this.state = useState({notice: ""});
        this.look();
        const timer = setInterval(() => this.look(), EVERY);
        onWillDestroy(() => clearInterval(timer));
    }

    async look() {
        try {
            if (await user.hasGroup("social_engagement.group_social_user")) {
                this.state.notice = await this.orm.silent.call(
                    "social.channel",
                    "jobs_notice",
                    []
                );
            }
        } catch {
            // The server is away: Odoo says so itself, and this looks again.
        }
    }
}

WebClient.components = {...WebClient.components, JobsBanner};
