database_name = "members_staging"
collation     = "C"
charset       = "UTF8"
