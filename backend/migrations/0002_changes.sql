-- jobs
CREATE TABLE "job" ("key" VARCHAR(160) PRIMARY KEY NOT NULL DEFAULT '', "kind" VARCHAR(32) NOT NULL DEFAULT '', "arguments" TEXT NOT NULL DEFAULT '', "state" VARCHAR(10) NOT NULL DEFAULT '', "tries" INTEGER NOT NULL DEFAULT 0, "due_at" TIMESTAMPTZ NOT NULL DEFAULT current_timestamp, "leased_until" TIMESTAMPTZ DEFAULT null, "made_at" TIMESTAMPTZ NOT NULL DEFAULT current_timestamp, "done_at" TIMESTAMPTZ DEFAULT null, "error" VARCHAR(300) NOT NULL DEFAULT '');
CREATE INDEX job_state ON "job" USING btree ("state");
CREATE INDEX job_due_at ON "job" USING btree ("due_at");
-- dispatch
CREATE TABLE "replacement" ("id" VARCHAR(64) PRIMARY KEY NOT NULL DEFAULT '', "visit" VARCHAR(32) NOT NULL DEFAULT '', "organisation" VARCHAR(32) NOT NULL DEFAULT '', "body" TEXT NOT NULL DEFAULT '', "asked_by" VARCHAR(32) NOT NULL DEFAULT '', "asked_at" VARCHAR(24) NOT NULL DEFAULT '', "status" VARCHAR(10) NOT NULL DEFAULT '', "said" TEXT NOT NULL DEFAULT '', "decided_by" VARCHAR(32) NOT NULL DEFAULT '', "decided_at" VARCHAR(24) NOT NULL DEFAULT '');
CREATE INDEX replacement_visit ON "replacement" USING btree ("visit");
CREATE INDEX replacement_organisation ON "replacement" USING btree ("organisation");
CREATE INDEX replacement_status ON "replacement" USING btree ("status");
CREATE TABLE "recusal" ("id" VARCHAR(64) PRIMARY KEY NOT NULL DEFAULT '', "visit" VARCHAR(32) NOT NULL DEFAULT '', "account" VARCHAR(32) NOT NULL DEFAULT '', "applicant" VARCHAR(10) NOT NULL DEFAULT '', "statement" BYTEA NOT NULL DEFAULT '', "applied_by" VARCHAR(32) NOT NULL DEFAULT '', "applied_at" VARCHAR(24) NOT NULL DEFAULT '', "status" VARCHAR(10) NOT NULL DEFAULT '');
CREATE INDEX recusal_visit ON "recusal" USING btree ("visit");
CREATE INDEX recusal_status ON "recusal" USING btree ("status");
CREATE TABLE "push_subscription" ("id" VARCHAR(64) PRIMARY KEY NOT NULL DEFAULT '', "device" VARCHAR(64) NOT NULL DEFAULT '', "address" BYTEA NOT NULL DEFAULT '', "made_at" TIMESTAMPTZ NOT NULL DEFAULT current_timestamp);
CREATE INDEX push_subscription_device ON "push_subscription" USING btree ("device");
CREATE TABLE "field_notice" ("id" VARCHAR(97) PRIMARY KEY NOT NULL DEFAULT '', "account" VARCHAR(32) NOT NULL DEFAULT '', "visit" VARCHAR(32) NOT NULL DEFAULT '', "number" VARCHAR(64) NOT NULL DEFAULT '', "what" VARCHAR(10) NOT NULL DEFAULT '', "made_at" TIMESTAMPTZ NOT NULL DEFAULT current_timestamp, "seen_at" TIMESTAMPTZ DEFAULT null);
CREATE INDEX field_notice_account ON "field_notice" USING btree ("account");
-- field
CREATE TABLE "decision_asked" ("id" VARCHAR(64) PRIMARY KEY NOT NULL DEFAULT '', "visit" VARCHAR(32) NOT NULL DEFAULT '', "kind" VARCHAR(32) NOT NULL DEFAULT '', "status" VARCHAR(8) NOT NULL DEFAULT '');
CREATE INDEX decision_asked_visit ON "decision_asked" USING btree ("visit");
CREATE INDEX decision_asked_status ON "decision_asked" USING btree ("status");
-- door
CREATE TABLE "site_code" ("id" VARCHAR(64) PRIMARY KEY NOT NULL DEFAULT '', "visit" VARCHAR(32) NOT NULL DEFAULT '', "use" VARCHAR(8) NOT NULL DEFAULT '', "token" VARCHAR(200) NOT NULL DEFAULT '');
CREATE INDEX site_code_visit ON "site_code" USING btree ("visit");
CREATE TABLE "visit_rating" ("id" VARCHAR(32) PRIMARY KEY NOT NULL DEFAULT '', "visit" VARCHAR(32) NOT NULL DEFAULT '', "score" SMALLINT NOT NULL DEFAULT 0, "conduct" VARCHAR(200) NOT NULL DEFAULT '', "comment" TEXT NOT NULL DEFAULT '', "day" VARCHAR(10) NOT NULL DEFAULT '');
CREATE INDEX visit_rating_visit ON "visit_rating" USING btree ("visit");
-- lost tablets and wrong PINs
CREATE TABLE "pin_try" ("id" VARCHAR(97) PRIMARY KEY NOT NULL DEFAULT '', "device" VARCHAR(64) NOT NULL DEFAULT '', "account" VARCHAR(32) NOT NULL DEFAULT '', "wrong" INTEGER NOT NULL DEFAULT 0, "withheld" BOOLEAN NOT NULL DEFAULT false, "at" TIMESTAMPTZ NOT NULL DEFAULT current_timestamp);
CREATE INDEX pin_try_device ON "pin_try" USING btree ("device");
CREATE TABLE "lost_device" ("device" VARCHAR(64) PRIMARY KEY NOT NULL DEFAULT '', "told_at" TIMESTAMPTZ NOT NULL DEFAULT current_timestamp, "entries" INTEGER NOT NULL DEFAULT 0, "photos" INTEGER NOT NULL DEFAULT 0, "cleared_at" TIMESTAMPTZ DEFAULT null);
