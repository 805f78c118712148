-- What published tools of old products need: a loopback sign-in of theirs ends with the credential itself.

ALTER TABLE sign_ins ADD COLUMN legacy INTEGER NOT NULL DEFAULT 0;
