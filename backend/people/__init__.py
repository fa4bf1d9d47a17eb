"""机构与人员: organisations, accounts, roles, devices, and who may do what."""
