"""现场: what comes in from the tablets: enrolment, exchange, receipts, held entries, photographs."""
