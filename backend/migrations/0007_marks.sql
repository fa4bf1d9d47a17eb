ALTER TABLE "visit_state" ADD COLUMN "code" VARCHAR(8) NOT NULL DEFAULT '';
ALTER TABLE "visit_state" ADD COLUMN "return_on" VARCHAR(10) NOT NULL DEFAULT '';
ALTER TABLE "visit_state" ADD COLUMN "handed" VARCHAR(12) NOT NULL DEFAULT '';
ALTER TABLE "visit_state" ADD COLUMN "lead" BYTEA NOT NULL DEFAULT '';
CREATE INDEX visit_state_handed ON "visit_state" USING btree ("handed");
