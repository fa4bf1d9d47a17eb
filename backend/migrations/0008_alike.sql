UPDATE "visit_state" SET "code" = '' WHERE "disputed" > 0;
