-- a copy of the database must neither read nor write on anybody's account
UPDATE social_channel
   SET secret = NULL, client_secret = NULL, webhook_secret = NULL, webhook_token = NULL, state = 'draft';
DELETE FROM social_channel_session;
DELETE FROM social_sign_in;
DELETE FROM social_channel_connect;
UPDATE social_message SET delivery_state = 'cancelled' WHERE delivery_state IN ('queued', 'sending');
UPDATE social_action SET state = 'failed' WHERE state = 'waiting';
UPDATE social_message SET delivery_state = 'standing' WHERE delivery_state = 'withdrawing';
