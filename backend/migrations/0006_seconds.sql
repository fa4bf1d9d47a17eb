-- dispatch
CREATE TABLE "recusal_second" ("id" VARCHAR(64) PRIMARY KEY NOT NULL DEFAULT '', "application" VARCHAR(64) NOT NULL DEFAULT '', "confirmed_by" VARCHAR(32) NOT NULL DEFAULT '');
CREATE INDEX recusal_second_application ON "recusal_second" USING btree ("application");
