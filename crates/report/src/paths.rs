//! Paths as typed, as other tools want them: relative to the root of the repository, and as URIs.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::Root;

/// What a path segment of a URI holds as it is (RFC 3986 §2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The path of what was read from standard input.
const STDIN: &str = "<stdin>";

/// `path` from the root of the repository; none where it lies outside, or is no file.
pub(crate) fn in_repository(path: &str, root: Root<'_>) -> Option<String> {
    if path == STDIN {
        return None;
    }
    if root.repository.is_empty() {
        return (!is_absolute(path)).then(|| normal(path)).filter(|path| !path.starts_with(".."));
    }
    let whole = absolute(path, root);
    let repository = normal(root.repository);
    let rest = whole.strip_prefix(repository.trim_end_matches('/'))?;
    Some(rest.strip_prefix('/')?.to_owned())
}

/// `path` from the root of the file system, as a `file:` URI; relative where that root is unknown, or it is no file.
pub(crate) fn file_uri(path: &str, root: Root<'_>) -> String {
    if path == STDIN {
        return uri(path);
    }
    let whole = absolute(path, root);
    if is_absolute(&whole) { format!("file:///{}", uri(whole.trim_start_matches('/'))) } else { uri(&whole) }
}

/// A relative path as a URI.
pub(crate) fn uri(path: &str) -> String {
    path.split('/').map(|segment| utf8_percent_encode(segment, SEGMENT).to_string()).collect::<Vec<_>>().join("/")
}

fn absolute(path: &str, root: Root<'_>) -> String {
    if is_absolute(path) || root.current.is_empty() {
        return normal(path);
    }
    normal(&format!("{}/{path}", root.current))
}

/// Whether `path` starts at a root: `/…`, or `C:/…`.
fn is_absolute(path: &str) -> bool {
    path.starts_with('/') || (path.get(1..3) == Some(":/") && path.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// `path` without `.`, and without `..` where there is something to go up from.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        match (part, parts.last()) {
            ("..", Some(&last)) if last != ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    let lead = if path.starts_with('/') { "/" } else { "" };
    format!("{lead}{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: Root<'_> = Root { repository: "/src/app", current: "/src/app/deploy" };

    #[test]
    fn paths_are_told_from_the_root_of_the_repository() {
        let told = |path| in_repository(path, ROOT);
        assert_eq!(told("./web.yaml").as_deref(), Some("deploy/web.yaml"));
        assert_eq!(told("../base/./a.yaml").as_deref(), Some("base/a.yaml"));
        assert_eq!(told("/src/app/x.yaml").as_deref(), Some("x.yaml"));
        assert_eq!(told("/src/application/x.yaml"), None, "a sibling that only starts alike");
        assert_eq!(told("../../other/x.yaml"), None);
        assert_eq!(told("<stdin>"), None);
    }

    #[test]
    fn without_a_file_system_paths_stay_as_typed() {
        let told = |path| in_repository(path, Root::default());
        assert_eq!(told("a/./b.yaml").as_deref(), Some("a/b.yaml"));
        assert_eq!(told("../b.yaml"), None);
        assert_eq!(told("/b.yaml"), None);
    }

    #[test]
    fn uris_hold_only_what_they_may() {
        assert_eq!(uri("a b/é#%.yaml"), "a%20b/%C3%A9%23%25.yaml");
        assert_eq!(uri("<stdin>"), "%3Cstdin%3E");
        assert_eq!(file_uri("../../x y.yaml", ROOT), "file:///src/x%20y.yaml");
        assert_eq!(file_uri("../x.yaml", Root::default()), "../x.yaml");
        assert_eq!(file_uri("C:/x.yaml", Root::default()), "file:///C%3A/x.yaml");
    }
}
