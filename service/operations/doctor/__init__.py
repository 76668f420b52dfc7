"""The doctor: whether a deployment is fit for production, and what to do where it is not."""
