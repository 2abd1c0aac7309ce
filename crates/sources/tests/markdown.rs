//! Which blocks of a Markdown text are read.

use ringfence_sources::markdown::blocks;

fn found(text: &str) -> Vec<(u32, &str, &str)> {
    blocks(text).into_iter().map(|block| (block.section, block.heading, block.span.slice(text))).collect()
}

#[test]
fn only_blocks_tagged_yaml_are_taken() {
    let text = "```yaml\na: 1\n```\n```json\n{}\n```\n```\nb: 1\n```\n~~~YML title=\"x\"\nc: 1\n~~~\n```yaml{3}\nd: 1\n```\n```yamllint\ne: 1\n```\n";
    assert_eq!(found(text), [(0, "", "a: 1\n"), (0, "", "c: 1\n"), (0, "", "d: 1\n")]);
}

#[test]
fn sections_are_counted_by_headings_of_the_first_two_levels() {
    let text = "# Title\n```yaml\na: 1\n```\n## One ##\n### Deeper\n```yaml\nb: 1\n```\n##Not a heading\n## Two\n```yaml\nc: 1\n```\n";
    assert_eq!(found(text), [(1, "Title", "a: 1\n"), (2, "One", "b: 1\n"), (3, "Two", "c: 1\n")]);
}

#[test]
fn a_heading_inside_a_fence_is_a_comment() {
    let text = "## One\n```yaml\n# a\n## b\nc: 1\n```\n```yaml\nd: 1\n```\n";
    assert_eq!(found(text), [(1, "One", "# a\n## b\nc: 1\n"), (1, "One", "d: 1\n")]);
}

#[test]
fn a_longer_fence_holds_a_shorter_one() {
    let text = "````md\n```yaml\na: 1\n```\n````\n````yaml\nb: |\n  ```\n````\n";
    assert_eq!(found(text), [(0, "", "b: |\n  ```\n")]);
}

#[test]
fn an_unclosed_fence_goes_to_the_end() {
    assert_eq!(found("```yaml\na: 1\nb: 2"), [(0, "", "a: 1\nb: 2")]);
    assert_eq!(found("```yaml"), []);
    assert_eq!(found("```yaml\n```\n"), []);
}

#[test]
fn an_indented_fence_keeps_its_indentation_and_is_cut_at_its_markers() {
    let text = "1. Do\n\n   ```yaml\n   a: 1\n   ---\n   b: 1\n   ```\n- ```yaml\n  c: 1\n  ```\n";
    assert_eq!(found(text), [(0, "", "   a: 1\n"), (0, "", "\n   b: 1\n"), (0, "", "  c: 1\n")]);
}

#[test]
fn crlf_and_broken_text_do_no_harm() {
    assert_eq!(found("## Eins\r\n```yaml\r\na: 1\r\n```\r\n"), [(1, "Eins", "a: 1\r\n")]);
    let mojibake = "## Ãœber\u{fffd}\n```yaml\nÃ¤: â€œ1\u{fffd}\n```\n";
    assert_eq!(found(mojibake), [(1, "Ãœber\u{fffd}", "Ã¤: â€œ1\u{fffd}\n")]);
}

#[test]
fn code_in_a_line_is_no_fence() {
    assert_eq!(found("```yaml``` is a tag\n`` ```yaml ``\na: 1\n"), []);
}
