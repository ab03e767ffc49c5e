"""Who may do what, model by model and route by route. A model or route that nobody
decided about fails.
"""

from inspect import signature

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user
from odoo.tools import mute_logger

from .common import SocialCase

AGENT = "social_engagement.group_social_user"
MANAGER = "social_engagement.group_social_manager"
ADMINISTRATOR = "social_engagement.group_social_administrator"
OPERATIONS = ("read", "write", "create", "unlink")
TEXT = "Xylophonkonzert"


class RightsCase(SocialCase, HttpCase):
    """Everything there can be of a direct message that is limited to a team the agent
    is not in; and those who look at it.

    Add-ons name themselves and their decisions:

    ``addon``; ``rights``: model → what agents, managers and administrators may do, each
    the first letters of `OPERATIONS`; ``shared``: models whose records are for all
    companies; ``open_to_agents``: models of which agents may see records that come from
    a limited direct message, since they tell nothing of it; ``without_sample``: models
    of which none need be there.
    """

    addon = None
    rights = {}
    shared = frozenset()
    open_to_agents = frozenset()
    without_sample = frozenset()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Elsewhere"})
        elsewhere = {"company_id": cls.company.id, "company_ids": cls.company.ids}
        cls.reader = cls.make_user("social_reader", AGENT)
        cls.manager = cls.make_user("social_manager", MANAGER)
        cls.administrator = cls.make_user("social_admin", ADMINISTRATOR)
        cls.strangers = {
            "portal": new_test_user(cls.env, "social_portal", "base.group_portal"),
            "public": cls.env.ref("base.public_user"),
            "colleague": cls.make_user("social_colleague"),
        }
        cls.others = {
            name: cls.make_user(f"elsewhere_{name}", group, **elsewhere)
            for name, group in (("agent", AGENT), ("administrator", ADMINISTRATOR))
        }
        cls.channel.direct_user_ids = cls.reader

    def models(self):
        """The add-on's own models that hold or show records."""
        names = [
            name
            for name, model in self.env.registry.models.items()
            if model._original_module == self.addon and not model._abstract
        ]
        self.assertTrue(names)
        return sorted(names)

    def sample(self, name):
        return self.env[name].sudo().with_context(active_test=False).search([])

    def make_world(self):
        """Makes a record of each model, out of a direct message."""
        media = [{"url": f"https://scripted.example/{TEXT}.png", "description": TEXT}]
        [post] = self.receive(
            self.payload(f"Where is my {TEXT}?", kind="direct", media=media)
        )
        self.receive(
            self.payload(
                f"@ann my {TEXT} too",
                handle="@bob",
                kind="direct",
                parent_id=post.external_id,
            )
        )
        conversation = post.conversation_id
        conversation._bring_to_desk()
        post.sudo(False).with_user(self.manager).action_correct("sentiment", "neutral")
        self.env["social.action"]._want(post, "like")
        post.profile_id.with_user(self.manager).write(
            {"influence_manual": 9, "influence_manual_reason": "known"}
        )
        return post

    # ------------------------------------------------------------------
    # Models
    # ------------------------------------------------------------------

    def check_decided(self):
        self.assertEqual(self.models(), sorted(self.rights), "decide about each model")

    def check_groups(self):
        users = (self.agent, self.manager, self.administrator)
        for name, decided in self.rights.items():
            for user, letters in zip(users, decided, strict=True):
                model = self.env[name].with_user(user)
                may = "".join(o[0] for o in OPERATIONS if model.has_access(o))
                self.assertEqual(may, letters, f"{user.login} on {name}")

    def check_strangers(self):
        """Portal, public and colleagues without a right of ours: nothing at all."""
        self.make_world()
        for name in self.models():
            sample = self.sample(name)
            if name not in self.without_sample:
                self.assertTrue(sample, f"nothing to look at in {name}")
            for role, user in self.strangers.items():
                model = self.env[name].with_user(user)
                with self.subTest(model=name, role=role):
                    self.check_closed(model, sample)

    def check_closed(self, model, sample):
        """Whether no operation is possible, one by one."""
        with self.assertRaises(AccessError):
            model.search([])
        with self.assertRaises(AccessError):
            model.web_search_read([], {"display_name": {}})
        with self.assertRaises(AccessError):
            model.create({})
        for record in sample[:1].with_user(model.env.user):
            for touch in (
                lambda r=record: r.read(["display_name"]),
                lambda r=record: r.write({}),
                lambda r=record: r.unlink(),
            ):
                with self.assertRaises(AccessError):
                    touch()
            with self.assertRaises(UserError):
                record.export_data(["id"])

    def check_other_companies(self):
        self.make_world()
        for name in self.models():
            if name in self.shared:
                continue
            sample = self.sample(name)
            for role, user in self.others.items():
                model = self.env[name].with_user(user)
                with self.subTest(model=name, role=role):
                    if model.has_access("read"):
                        own = sample.filtered(lambda r: self.belongs_here(r))
                        self.assertFalse(model.search([("id", "in", own.ids)]))
                        for operation in OPERATIONS[:2]:
                            for record in own[:1].with_user(user):
                                self.assertFalse(record.has_access(operation))
                    else:
                        self.check_closed(model, sample)

    def belongs_here(self, record):
        company = record["company_id"] if "company_id" in record._fields else None
        return company is None or company == self.env.company

    def check_direct(self):
        """Who may not read direct messages finds nothing that comes of them."""
        self.make_world()
        self.env.flush_all()
        for name in self.models():
            model = self.env[name].with_user(self.agent)
            if name in self.open_to_agents or not model.has_access("read"):
                continue
            sample = self.sample(name).filtered(lambda r: self.comes_of_it(r))
            if name not in self.without_sample:
                self.assertTrue(sample, name)
            with self.subTest(model=name):
                self.assertFalse(model.search([("id", "in", sample.ids)]))
                self.assertFalse(sample.with_user(self.agent)._filtered_access("read"))
                seen = sample.with_user(self.manager)
                self.assertEqual(seen._filtered_access("read"), sample)

    def comes_of_it(self, record):
        """Whether a record comes of the direct messages of `make_world`."""
        return not self.belongs_elsewhere(record)

    def belongs_elsewhere(self, record):
        channel = "channel_id" in record._fields and record["channel_id"]
        return bool(channel) and channel != self.channel

    # ------------------------------------------------------------------
    # Methods
    # ------------------------------------------------------------------

    def methods(self):
        """The add-on's own methods that can be called from outside, save Odoo's own:
        model → names.
        """
        found = {}
        for name, model in self.env.registry.models.items():
            names = {
                method
                for cls in model.mro()
                if cls.__module__.startswith(f"odoo.addons.{self.addon}.")
                for method, value in vars(cls).items()
                if callable(value) and not method.startswith("_")
                if not getattr(value, "_api_private", False)
            }
            if names := names - {"create", "write", "unlink", "onchange"}:
                found[name] = names
        return found

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def check_methods(self, arguments, harmless):
        """Who has no right to a record gets none of its methods done; strangers get
        done none of a model either.

        :param arguments: name of a parameter that is needed → what to give
        :param harmless: names of methods that tell nothing and do nothing
        """
        self.make_world()
        self.env.flush_all()
        users = {**self.strangers, "limited": self.agent, **self.others}
        called = set()
        for name, methods in self.methods().items():
            if self.env[name]._abstract:
                continue
            sample = self.sample(name).filtered(lambda r: self.comes_of_it(r))[:1]
            for method in sorted(methods - harmless):
                of_model = getattr(getattr(sample, method), "_api_model", False)
                for role, user in users.items():
                    record = sample.with_user(user)
                    if of_model and role not in self.strangers:
                        continue
                    if not of_model and (not record or record.has_access("read")):
                        continue
                    with self.subTest(model=name, method=method, role=role):
                        self.check_refused(getattr(record, method), arguments)
                        called.add(method)
        return called

    def check_refused(self, method, arguments):
        needed = [
            parameter.name
            for parameter in signature(method).parameters.values()
            if parameter.default is parameter.empty
        ]
        given = {name: arguments[name] for name in needed}
        self.env.invalidate_all()  # a call begins with nothing read
        with self.assertRaises(UserError), self.env.cr.savepoint():
            told = method(**given)
            self.env.flush_all()
            self.fail(f"done, and told: {told}")

    # ------------------------------------------------------------------
    # Over the wire
    # ------------------------------------------------------------------

    def call(self, model, method, *args, **kwargs):
        """What a browser gets for a call of a model's method: text."""
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        answer = self.url_open("/web/dataset/call_kw", json={"params": params})
        return answer.text

    @mute_logger("odoo.http")
    def check_rpc(self):
        """The same by the web client's own call."""
        self.make_world()
        users = {**self.strangers, "limited": self.agent, **self.others}
        users.pop("public")
        shown = {}
        for role, user in users.items():
            self.authenticate(user.login, user.login)
            for name in self.models():
                told = self.call(
                    name,
                    "web_search_read",
                    [],
                    specification=self.specification(name),
                )
                with self.subTest(model=name, role=role):
                    self.assertNotIn(TEXT, told)
                    if role in self.strangers:
                        self.assertIn("AccessError", told)
        self.authenticate(self.manager.login, self.manager.login)
        for name in self.models():
            specification = self.specification(name)
            shown[name] = self.call(
                name, "web_search_read", [], specification=specification
            )
        self.assertTrue(any(TEXT in told for told in shown.values()), "it is there")
        self.authenticate(None, None)
        for name in self.models():
            told = self.call(name, "web_search_read", [], specification={})
            self.assertIn("SessionExpired", told)

    def specification(self, name):
        kinds = ("char", "text", "html", "json", "many2one", "selection")
        return {
            field.name: {"fields": {"display_name": {}}}
            if field.type == "many2one"
            else {}
            for field in self.env[name]._fields.values()
            if field.type in kinds and not field.groups
        }

    # ------------------------------------------------------------------
    # Routes
    # ------------------------------------------------------------------

    def routes(self):
        """The add-on's own routes: rule as text → rule."""
        rules = self.env["ir.http"].routing_map().iter_rules()
        own = f"odoo.addons.{self.addon}.".__eq__
        return {
            rule.rule: rule
            for rule in rules
            if own(".".join(rule.endpoint.func.__module__.split(".")[:3]) + ".")
        }

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def check_routes(self, calls):
        """
        :param calls: rule as text → function that calls it with what it needs for the
            direct message, and gives the answers
        """
        self.assertEqual(
            sorted(self.routes()), sorted(calls), "decide about each route"
        )
        self.make_world()
        self.env["social.channel"].invalidate_model()
        sent = [("direction", "=", "outbound")]
        users = {**self.strangers, "limited": self.agent, **self.others}
        for role, user in users.items():
            login = None if role == "public" else user.login
            self.authenticate(login, login)
            for rule, call in calls.items():
                with self.subTest(route=rule, role=role):
                    for answer in call():
                        self.assertNotIn(TEXT, answer.text)
                        refused = answer.status_code >= 400 or '"error"' in answer.text
                        self.assertTrue(
                            refused, (answer.status_code, answer.text[:300])
                        )
            self.assertFalse(self.env["social.message"].search(sent))
