-- field
CREATE TABLE "clock_measured" ("number" BIGINT PRIMARY KEY NOT NULL DEFAULT 0, "device" VARCHAR(64) NOT NULL DEFAULT '', "at" VARCHAR(24) NOT NULL DEFAULT '', "skew" BIGINT NOT NULL DEFAULT 0, "allowed" BIGINT NOT NULL DEFAULT 0);
CREATE INDEX clock_measured_device ON "clock_measured" USING btree ("device");
