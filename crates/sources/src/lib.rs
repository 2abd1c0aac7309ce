//! Which documents there are: walking folders, Markdown fragments, worlds.
