"""A fingerprint is one row with an array of numbers: there was a row for each."""


def migrate(cr, version):
    cr.execute(
        """SELECT 1 FROM information_schema.columns
           WHERE table_name = 'social_message_band' AND column_name = 'band'"""
    )
    if not cr.rowcount:
        return
    cr.execute(
        """CREATE TEMPORARY TABLE fingerprint AS
           SELECT message_id, array_agg(band) AS bands
           FROM social_message_band GROUP BY message_id;
           TRUNCATE social_message_band;
           ALTER TABLE social_message_band DROP COLUMN band, ADD COLUMN bands int4[];
           INSERT INTO social_message_band (message_id, bands)
           SELECT message_id, bands FROM fingerprint;
           DROP TABLE fingerprint"""
    )
