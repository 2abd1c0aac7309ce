//! Paths as kustomizations write them.

/// The path that `written` names from `folder`; `None` where it leaves the folder that all paths start from, or is
/// absolute.
pub(crate) fn join(folder: &str, written: &str) -> Option<String> {
    if written.starts_with('/') {
        return None;
    }
    let mut steps: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    for step in written.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop()?;
            }
            step => steps.push(step),
        }
    }
    Some(steps.join("/"))
}

/// Whether `path` is `folder` or lies below it.
pub(crate) fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a text is a URL, which no file can have for a name.
pub(crate) fn is_url(written: &str) -> bool {
    written.starts_with("http://") || written.starts_with("https://")
}

/// Whether a text names something on the net, as kustomize guesses it: a URL, or the short form of a Git host.
pub(crate) fn is_remote(written: &str) -> bool {
    const HOSTS: &[&str] = &["git@", "git::", "github.com/", "github.com:", "gitlab.com/", "bitbucket.org/"];
    written.contains("://")
        || written.contains("?ref=")
        || written.contains(".git/")
        || written.strip_suffix(".git").is_some()
        || HOSTS.iter().any(|host| written.starts_with(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_seen_from_their_folder() {
        assert_eq!(join("a/b", "../c/./d.yaml").as_deref(), Some("a/c/d.yaml"));
        assert_eq!(join("", "x").as_deref(), Some("x"));
        assert_eq!(join("a", "..").as_deref(), Some(""));
        assert_eq!(join("a", "../.."), None);
        assert_eq!(join("a", "/etc/passwd"), None);
    }

    #[test]
    fn a_folder_is_no_mere_prefix() {
        assert!(is_below("a/b", "a") && is_below("a", "a") && is_below("x", ""));
        assert!(!is_below("ab", "a") && !is_below("a", "a/b"));
    }

    #[test]
    fn what_is_on_the_net_is_known_by_its_form() {
        for written in ["https://x.test/a.yaml", "github.com/o/r//p?ref=v1", "git@host:o/r.git", "ssh://git@h/o/r"] {
            assert!(is_remote(written), "{written}");
        }
        assert!(!is_remote("../base") && !is_remote("github.yaml"));
    }
}
