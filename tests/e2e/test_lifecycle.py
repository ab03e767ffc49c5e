"""Both add-ons are installed, upgraded and taken away again, each time without a trace
in the log; afterwards the helpdesk stands as if they had never been there.
"""

import json

import pytest

from ground import ADDONS, LOCAL, fresh_database, odoo
from run import read_odoo_log

MARK = "RESULT "

# Some posts, some of them tickets, an answer, an agent with the right.
USE = """
from odoo.addons.social_engagement.networks.base import Item
channel = env.ref("social_engagement.social_channel_sandbox")
channel.undo_seconds = 0
agent = env["res.users"].create({
    "name": "Agent", "login": "agent",
    "group_ids": [(4, env.ref("social_engagement.group_social_user").id)],
})
env["social.feed"]._cron_listen()
def post(number, text):
    return {
        "id": f"post-{number}", "thread": f"post-{number}", "text": text,
        "url": "https://x.example/1", "created_at": "2026-01-01T12:00:00+00:00",
        "author": {"url": "https://x.example/ann", "handle": "@ann", "name": "Ann"},
    }
texts = {"asks": "Where is my parcel 4711?", "tells": "A nice shop, and sunny."}
items = [Item(n, post(n, text)) for n, text in texts.items()]
env["social.intake"]._store(channel.feed_ids[:1], items)
env["social.intake"]._process_queue()
asked = env["social.message"].search([("body", "like", "4711")])
told = env["social.message"].search([("body", "like", "sunny")])
assert asked.conversation_id.ticket_id and not told.conversation_id.ticket_id
answers = asked._answer("On its way 4711!") + told._answer("Thank you!")
env["social.message"]._cron_send()  # the sandbox does not know the posts: a failure
assert answers.mapped("delivery_state") == ["failed", "failed"]
answers[0].action_send_again()
env.cr.commit()
"""

UNINSTALL = """
env["ir.module.module"].search([("name", "=", {name!r})]).button_immediate_uninstall()
"""

LEFT = """
import json
from odoo.tests import Form
def left(model, domain):
    found = env[model].with_context(active_test=False).search(domain)
    return [str(record.display_name) for record in found]
patterns = {patterns!r}
names = ["ir.model", "ir.model.fields", "ir.cron", "ir.rule", "ir.model.access"]
names += ["ir.ui.view", "ir.ui.menu", "ir.actions.act_window", "res.groups"]
names += ["mail.message.subtype", "ir.config_parameter", "res.groups.privilege"]
names += ["ir.module.category"]
found = {{}}
for pattern in patterns:
    env.cr.execute(
        "SELECT relname FROM pg_class WHERE relname LIKE %s", [pattern + "%"])
    found[f"tables {{pattern}}"] = [name for [name] in env.cr.fetchall()]
    models = left("ir.model", [("model", "=like", pattern.replace("_", ".") + "%")])
    found[f"models {{pattern}}"] = models
    fields = [("name", "=like", pattern + "%"), ("model", "not like", "social.")]
    fields += [("model", "in", ("helpdesk.ticket", "res.partner", "mail.message"))]
    found[f"fields {{pattern}}"] = left("ir.model.fields", fields)
    parameters = [("key", "=like", pattern + "%")]
    found[f"parameters {{pattern}}"] = left("ir.config_parameter", parameters)
modules = {modules!r}
found["data"] = left("ir.model.data", [("module", "in", modules)])
types = env["mail.message"]._fields["message_type"].get_values(env)
env.cr.execute("SELECT DISTINCT message_type FROM mail_message")
kinds = [kind for [kind] in env.cr.fetchall()]
found["message types"] = [kind for kind in kinds if kind not in types]
agent = env["res.users"].search([("login", "=", "agent")])
tickets = env["helpdesk.ticket"].search([("description", "like", "4711")])
bodies = tickets.message_ids.mapped("body")
settings = env["res.config.settings"].create({{}})
for record in (*tickets, agent, agent.partner_id, settings):
    Form(record)
with Form(env["helpdesk.ticket"]) as form:
    form.name, form.description = "By phone", "Where is it?"
form.record.message_post(body="A note")
tickets.stage_id = tickets.stage_id.search([("closed", "=", True)], limit=1)
result = {{
    "left": {{where: names for where, names in found.items() if names}},
    "tickets": len(tickets),
    "bodies": [str(body) for body in bodies],
    "helpdesk agent": agent.has_group("helpdesk_mgmt.group_helpdesk_user_team"),
}}
print({mark!r} + json.dumps(result))
env.cr.commit()
"""


@pytest.fixture(scope="module")
def name():
    with fresh_database("dependencies") as name:
        yield name


def run(name, *arguments, stdin=""):
    """Odoo's command line, which must not complain about the add-ons; its output."""
    log = "lifecycle.log"
    code = odoo(*arguments, "-d", name, "--no-http", log=log, stdin=stdin)
    text = (LOCAL / "log" / log).read_text(errors="replace")
    assert code == 0, text[-4000:]
    assert "Traceback" not in text, text[-4000:]
    read = read_odoo_log(text + "\n0 failed, 0 error(s) of 1 tests when", code)
    assert not read.trouble, read.trouble
    return text


def shell(name, code):
    """Run a program in Odoo's shell; what it printed after MARK."""
    output = run(name, "shell", stdin=code)
    results = [line for line in output.splitlines() if MARK in line]
    return json.loads(results[0].split(MARK, 1)[1]) if results else None


def change(name, *arguments):
    run(name, *arguments, "--stop-after-init", "--max-cron-threads=0")


def test_install_upgrade_uninstall(name):
    change(name, "-i", ADDONS, "--with-demo")
    shell(name, USE)
    change(name, "-u", ADDONS)

    shell(name, UNINSTALL.format(name="social_routing"))
    patterns = {"mark": MARK, "patterns": ["social_routing"]}
    result = shell(name, LEFT.format(modules=["social_routing"], **patterns))
    assert not result["left"]
    assert result["tickets"] == 1, "tickets stay"
    assert not any("4711" in body for body in result["bodies"]), (
        "posts are back in their conversation's chatter"
    )
    assert not result["helpdesk agent"]

    shell(name, UNINSTALL.format(name="social_engagement"))
    patterns = {"mark": MARK, "patterns": ["social_"]}
    modules = ADDONS.split(",")
    result = shell(name, LEFT.format(modules=modules, **patterns))
    assert not result["left"]
    assert result["tickets"] == 1


def test_again_and_both_away_at_once(name):
    change(name, "-i", ADDONS, "--with-demo")
    shell(name, USE.replace('"agent"', '"agent2"'))
    shell(name, UNINSTALL.format(name="social_engagement"))
    patterns = {"mark": MARK, "patterns": ["social_"]}
    result = shell(name, LEFT.format(modules=ADDONS.split(","), **patterns))
    assert not result["left"]
