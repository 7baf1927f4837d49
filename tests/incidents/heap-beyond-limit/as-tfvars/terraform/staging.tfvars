index_name       = "products-staging"
container_memory = 1792
volume_size      = 20
