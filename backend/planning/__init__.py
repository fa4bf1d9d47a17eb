"""计划与方案: the year's plan lines, schemes on them, and the approvals that they need."""
