CREATE INDEX ledger_entry_place ON "ledger_entry" USING btree ("device", "seq");
DROP INDEX ledger_entry_device;
