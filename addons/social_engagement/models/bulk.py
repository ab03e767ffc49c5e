"""Writing a different value to each of many records, in one statement."""


def set_each(records, vals_list):
    """Writes values to records one by one in meaning, all at once in SQL.

    For stored plain columns on the hot path only: nothing is tracked and nothing that
    depends on the fields is recomputed.

    :param records: recordset
    :param vals_list: one dict of column values (ids for many2one) per record
    """
    if not records:
        return
    records.flush_recordset()
    records._write_multi(vals_list)
    records.invalidate_recordset(vals_list[0].keys(), flush=False)
