pool_size = 30
pool_size = 31
