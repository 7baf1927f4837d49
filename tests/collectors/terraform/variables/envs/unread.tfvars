pool_size = 99
