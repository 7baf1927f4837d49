locals { size = "large" }
