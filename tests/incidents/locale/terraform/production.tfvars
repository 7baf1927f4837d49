database_name = "members_production"
collation     = "de_DE.utf8"
charset       = "utf8"
