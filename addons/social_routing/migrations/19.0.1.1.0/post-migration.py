from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Gives the shipped rules what they lacked, where nobody changed them since."""
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name, policy in (
        ("rule_direct", "policy_normal"),
        ("rule_needs_answer", "policy_normal"),
        ("rule_influential_anger", "policy_urgent"),
    ):
        rule = env.ref(f"social_routing.{name}", raise_if_not_found=False)
        policy = env.ref(f"social_routing.{policy}", raise_if_not_found=False)
        if rule and policy and not rule.policy_id and rule.outcome == "ticket":
            rule.policy_id = policy
    _put_influential_complaints_first(env)


def _put_influential_complaints_first(env):
    """It stood below a rule that decides about the same posts."""
    rule = env.ref("social_routing.rule_influential_anger", raise_if_not_found=False)
    below = env.ref("social_routing.rule_needs_answer", raise_if_not_found=False)
    if rule and below and (rule.sequence, below.sequence) == (40, 30):
        rule.sequence = 17
