index_name       = "products-production"
container_memory = 1536
volume_size      = 200
java_opts        = "-Xmx1536m -XX:+UseG1GC"
refresh_interval = "1000ms"
