-- field
CREATE TABLE "form_batch" ("id" VARCHAR(32) PRIMARY KEY NOT NULL DEFAULT '', "organisation" VARCHAR(32) NOT NULL DEFAULT '', "form" VARCHAR(10) NOT NULL DEFAULT '', "title" VARCHAR(120) NOT NULL DEFAULT '', "year" INTEGER NOT NULL DEFAULT 0, "first" INTEGER NOT NULL DEFAULT 0, "copies" INTEGER NOT NULL DEFAULT 0, "by" VARCHAR(32) NOT NULL DEFAULT '', "at" VARCHAR(24) NOT NULL DEFAULT '', "number" BIGINT NOT NULL DEFAULT 0);
CREATE TABLE "form_void" ("number" VARCHAR(20) PRIMARY KEY NOT NULL DEFAULT '', "batch" VARCHAR(32) NOT NULL DEFAULT '', "reason" TEXT NOT NULL DEFAULT '', "by" VARCHAR(32) NOT NULL DEFAULT '', "at" VARCHAR(24) NOT NULL DEFAULT '');
CREATE TABLE "form_use" ("id" VARCHAR(64) PRIMARY KEY NOT NULL DEFAULT '', "number" VARCHAR(20) NOT NULL DEFAULT '', "visit" VARCHAR(32) NOT NULL DEFAULT '', "place" BIGINT NOT NULL DEFAULT 0);
CREATE INDEX form_batch_organisation ON "form_batch" USING btree ("organisation");
CREATE INDEX form_void_batch ON "form_void" USING btree ("batch");
CREATE INDEX form_use_number ON "form_use" USING btree ("number");
CREATE INDEX form_use_visit ON "form_use" USING btree ("visit");
