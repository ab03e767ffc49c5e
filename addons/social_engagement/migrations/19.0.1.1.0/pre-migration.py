"""The pictures of posts are social.message.media now: Odoo Enterprise owns
social.media.
"""

from odoo.tools import SQL

OLD, NEW = "social_media", "social_message_media"


#: Words are found by indexes of their own now, see models/searching.py.
UNUSED = (
    "social_message__body_index",
    "social_profile__handle_index",
    "social_profile__name_index",
)


def migrate(cr, version):
    if not version:
        return
    for name in UNUSED:
        cr.execute(SQL("DROP INDEX IF EXISTS %s", SQL.identifier(name)))
    if _is_ours(cr):
        _rename_table(cr)
        _rename_model(cr)


def _is_ours(cr):
    """Whether the table of the old name is this add-on's, and not moved yet."""
    cr.execute(
        """SELECT 1 FROM ir_model_data
           WHERE module = 'social_engagement' AND name = 'model_social_media'
             AND to_regclass('social_media') IS NOT NULL
             AND to_regclass('social_message_media') IS NULL"""
    )
    return bool(cr.rowcount)


def _rename_table(cr):
    cr.execute(_rename("TABLE %s", OLD, NEW))
    cr.execute(_rename("SEQUENCE %s", f"{OLD}_id_seq", f"{NEW}_id_seq"))
    cr.execute(
        """SELECT conname FROM pg_constraint
           WHERE conrelid = %s::regclass AND starts_with(conname, %s)""",
        [NEW, f"{OLD}_"],
    )
    for [name] in cr.fetchall():
        table = SQL.identifier(NEW)
        renamed = SQL.identifier(_renamed(name))
        cr.execute(
            SQL(
                "ALTER TABLE %s RENAME CONSTRAINT %s TO %s",
                table,
                SQL.identifier(name),
                renamed,
            )
        )
    cr.execute(
        """SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
           WHERE indrelid = %s::regclass AND starts_with(relname, %s)""",
        [NEW, f"{OLD}_"],
    )
    for [name] in cr.fetchall():
        cr.execute(_rename("INDEX %s", name, _renamed(name)))


def _rename(kind, old, new):
    old, new = SQL.identifier(old), SQL.identifier(new)
    return SQL("ALTER %s RENAME TO %s", SQL(kind, old), new)


def _renamed(name):
    return name.replace(OLD, NEW, 1)[:63]


def _rename_model(cr):
    old, new = "social.media", "social.message.media"
    for table, column in (
        ("ir_model", "model"),
        ("ir_model_fields", "model"),
        ("ir_model_fields", "relation"),
        ("ir_attachment", "res_model"),
        ("ir_act_window", "res_model"),
        ("ir_ui_view", "model"),
        ("ir_filters", "model_id"),
        ("ir_exports", "resource"),
    ):
        table, column = SQL.identifier(table), SQL.identifier(column)
        cr.execute(
            SQL("UPDATE %s SET %s = %s WHERE %s = %s", table, column, new, column, old)
        )
    cr.execute(
        """UPDATE ir_model_data SET name = replace(name, %(old)s, %(new)s)
           WHERE module = 'social_engagement' AND (
               starts_with(name, 'social_media_')
               OR starts_with(name, 'access_social_media_')
               OR starts_with(name, 'field_social_media__')
               OR starts_with(name, 'selection__social_media__')
               OR starts_with(name, 'constraint_social_media_')
               OR name = 'model_social_media')""",
        {"old": OLD, "new": NEW},
    )
    cr.execute(
        """UPDATE ir_model_constraint c SET name = replace(c.name, %s, %s)
           FROM ir_model m
           WHERE c.model = m.id AND m.model = %s
             AND starts_with(c.name, 'social_media_')""",
        [OLD, NEW, new],
    )
