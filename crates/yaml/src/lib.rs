//! YAML text in, one arena tree with exact byte spans out.
