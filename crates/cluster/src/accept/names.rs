//! The names that Kubernetes takes: of objects, ports and labels.

/// Whether a text is the name part of a label key, or a value of a label that is not empty.
pub(super) fn is_name(text: &str) -> bool {
    let (Some(first), Some(last)) = (text.bytes().next(), text.bytes().last()) else { return false };
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() && text.bytes().all(inner)
}

/// What is wrong with a DNS-1123 subdomain.
pub(super) fn dns_subdomain(text: &str, unit: &str) -> Vec<String> {
    const WRONG: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and \
                         must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation \
                         is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
    let wrong = (!text.split('.').all(is_dns_label)).then(|| WRONG.to_owned());
    too_long(text, 253, unit).into_iter().chain(wrong).collect()
}

/// What is wrong with a DNS-1123 label: the name of a namespace.
pub(super) fn dns_label(text: &str) -> Vec<String> {
    const WRONG: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start \
                         and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation \
                         is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
    let wrong = match is_dns_label(text) {
        true => None,
        false if text.split('.').all(is_dns_label) => Some("must not contain dots".to_owned()),
        false => Some(WRONG.to_owned()),
    };
    too_long(text, 63, "bytes").into_iter().chain(wrong).collect()
}

fn is_dns_label(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && !text.starts_with('-') && !text.ends_with('-') && text.bytes().all(inner)
}

/// What is wrong with the name of a port in a NetworkPolicy (`IsValidPortName` of Kubernetes).
pub(super) fn port_name(name: &str) -> Vec<String> {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let checks = [
        (
            name.is_empty() || !name.bytes().all(inner),
            "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
        ),
        (!name.bytes().any(|byte| byte.is_ascii_lowercase()), "must contain at least one letter (a-z)"),
        (name.contains("--"), "must not contain consecutive hyphens"),
        (name.starts_with('-') || name.ends_with('-'), "must not begin or end with a hyphen"),
    ];
    let faults = checks.into_iter().filter(|(wrong, _)| *wrong).map(|(_, text)| text.to_owned());
    too_long(name, 15, "bytes").into_iter().chain(faults).collect()
}

/// Says that a text is longer than `most` bytes, if it is.
pub(super) fn too_long(text: &str, most: usize, unit: &str) -> Option<String> {
    (text.len() > most).then(|| format!("must be no more than {most} {unit}"))
}
