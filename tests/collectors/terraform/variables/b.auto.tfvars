pool_size = 40
