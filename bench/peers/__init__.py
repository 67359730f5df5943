"""What we are compared with, each as well tuned as we know how."""
