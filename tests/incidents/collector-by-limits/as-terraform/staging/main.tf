resource "kubernetes_deployment" "pricing" {
  metadata { name = "pricing-staging" }

  spec {
    replicas = 2

    template {
      spec {
        container {
          name  = "pricing"
          image = "registry.example.org/shop/pricing:2.9.0"

          env {
            name  = "JAVA_TOOL_OPTIONS"
            value = "-XX:MaxRAMPercentage=70"
          }

          resources {
            limits = { cpu = "2", memory = "1536Mi" }
          }
        }
      }
    }
  }
}
