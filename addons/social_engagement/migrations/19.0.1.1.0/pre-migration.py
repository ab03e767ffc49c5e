"""The pictures of posts are social.message.media now: Odoo Enterprise owns
social.media.
"""

OLD, NEW = "social_media", "social_message_media"


def migrate(cr, version):
    if version and _is_ours(cr):
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
    cr.execute(f"ALTER TABLE {OLD} RENAME TO {NEW}")
    cr.execute(f"ALTER SEQUENCE {OLD}_id_seq RENAME TO {NEW}_id_seq")
    cr.execute(
        """SELECT conname FROM pg_constraint
           WHERE conrelid = %s::regclass AND starts_with(conname, %s)""",
        [NEW, f"{OLD}_"],
    )
    for [name] in cr.fetchall():
        cr.execute(
            f'ALTER TABLE {NEW} RENAME CONSTRAINT "{name}" TO "{_renamed(name)}"'
        )
    cr.execute(
        """SELECT indexrelid::regclass::text FROM pg_index
           WHERE indrelid = %s::regclass AND starts_with(
               indexrelid::regclass::text, %s)""",
        [NEW, f"{OLD}_"],
    )
    for [name] in cr.fetchall():
        cr.execute(f'ALTER INDEX "{name}" RENAME TO "{_renamed(name)}"')


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
        cr.execute(f"UPDATE {table} SET {column} = %s WHERE {column} = %s", [new, old])
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
           WHERE c.model = m.id AND m.model = %s AND starts_with(c.name, 'social_media_')""",
        [OLD, NEW, new],
    )
