//! Typed, spanned views of Kubernetes objects.
