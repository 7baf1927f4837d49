resource "kubernetes_deployment" "pricing" {
  metadata { name = "pricing-production" }

  spec {
    replicas = 6

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
            limits = { cpu = "2000m", memory = "2Gi" }
          }
        }
      }
    }
  }
}
