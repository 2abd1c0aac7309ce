//! Numbers with a fraction, as Go writes them.

/// The shortest digits that give the number back; with an exponent below 1e-4 and from 1e21 on, and from a million on
/// where there is a fraction.
pub(super) fn shown(number: f64) -> String {
    if number.is_nan() {
        return ".nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    // JSON stands in between: there a whole number has no fraction left, and is read back as whole.
    let most = if number.fract() == 0.0 { 21 } else { 6 };
    if (-4..most).contains(&exponent) || number == 0.0 {
        return format!("{number}");
    }
    format!("{digits}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_go_does() {
        for (number, text) in [
            (1.5, "1.5"),
            (1e21, "1e+21"),
            (1.0, "1"),
            (0.00001, "1e-05"),
            (123_456_789.125, "1.23456789125e+08"),
            (1000.0, "1000"),
            (0.0, "0"),
        ] {
            assert_eq!(shown(number), text);
        }
    }
}
