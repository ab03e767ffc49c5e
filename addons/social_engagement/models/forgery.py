"""Read-only on a form is read-only for every caller: Odoo itself leaves that to the
web client, so that anybody with the right to write could forge the rest by RPC.
"""

from odoo.exceptions import AccessError

DEFAULT = "default_"


def check_writable(records, vals):
    """What networks deliver and jobs decide is not for people to write.

    :raises AccessError: naming the fields that are read-only
    """
    if records.env.su:
        return
    readonly = [n for n in vals if n in records._fields and records._fields[n].readonly]
    if readonly:
        raise AccessError(
            records.env._(
                "%(fields)s of %(model)s can't be changed by hand.",
                fields=", ".join(readonly),
                model=records.env._(records._description),
            )
        )


def check_creatable(records, vals_list, decided=None):
    """The same of what is made, by values or by defaults that a call's context claims.

    :param decided: names of the fields it is about; None: all that are read-only
    :raises AccessError: naming the fields that are read-only
    """
    claimed = {n[len(DEFAULT) :] for n in records.env.context if n.startswith(DEFAULT)}
    told = claimed.union(*vals_list)
    check_writable(records, told if decided is None else told & decided)


def check_form(records, values, changed, decided=None):
    """The same of what a form tells: related fields would show what is in records that
    a call merely names, past the rights.

    :param changed: names of the changed fields; none: all the values are new
    :param decided: names of the fields it is about; None: all that are read-only
    :raises AccessError: naming the fields that are read-only
    """
    check_creatable(records, [changed or values], decided)
