//! Half of a file is what an editor sends all day: every cut of the corpus is read, and every tree keeps its invariants.

mod support;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use ringfence_yaml::{Limits, parse, parse_with};
use support::{corpus, invariants};

#[test]
fn every_file_of_the_corpus_keeps_the_invariants() {
    let files = corpus::files();
    assert!(files.len() >= 30, "the corpus has {} files", files.len());
    for (name, text) in files {
        println!("{name}");
        let tree = parse(&text);
        invariants::everything(&tree);
        invariants::slices(&tree);
        invariants::edits(&tree);
        let whole = name.starts_with("broken") || name.starts_with("helm") || name.starts_with("many-small");
        assert_eq!(tree.errors().is_empty(), !whole, "{:?}", tree.errors());
    }
}

#[test]
fn every_prefix_of_a_small_file_is_read() {
    for (name, text) in corpus::files().iter().filter(|(_, text)| text.len() <= 2048) {
        println!("{name}");
        for end in 0..=text.len() {
            // A cut inside a character is what `from_utf8_lossy` makes of it.
            invariants::everything(&parse(&String::from_utf8_lossy(&text.as_bytes()[..end])));
        }
    }
}

#[test]
fn large_files_are_read_up_to_every_line_and_to_64_places_within() {
    for (name, text) in corpus::files().iter().filter(|(_, text)| text.len() > 2048) {
        println!("{name}");
        let lines = text.match_indices('\n').map(|(at, _)| at + 1);
        let mut seed = 0x2545_F491_4F6C_DD1D_u64;
        let cuts = (0..64).map(|_| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            usize::try_from(seed % text.len() as u64).unwrap_or_default()
        });
        for end in lines.chain(cuts.collect::<Vec<_>>()) {
            invariants::everything(&parse(&String::from_utf8_lossy(&text.as_bytes()[..end])));
        }
    }
}

#[test]
fn small_limits_end_every_file_in_order() {
    let limits = Limits { depth: 3, nodes: 20, ..Limits::default() };
    for (_, text) in corpus::files() {
        invariants::everything(&parse_with(&text, &limits));
    }
}

/// What the fuzz target of `fuzz/` looks for, from the same pieces every time.
#[test]
fn any_soup_of_tokens_is_read() {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[11; 32]);
    let mut runner =
        TestRunner::new_with_rng(Config { cases: 4000, failure_persistence: None, ..Config::default() }, rng);
    let outcome = runner.run(&soup(), |text| {
        let tree = parse(&text);
        invariants::everything(&tree);
        invariants::slices(&tree);
        invariants::edits(&tree);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

/// Pieces that mean something to YAML, in any order.
fn soup() -> impl Strategy<Value = String> {
    let pieces = vec![
        "a",
        "b: ",
        "k:",
        "- ",
        "-",
        "? ",
        ": ",
        ":",
        "[",
        "]",
        "{",
        "}",
        ",",
        ", ",
        "\n",
        "\n",
        "\n  ",
        "\n    ",
        "\r\n",
        "\r",
        " ",
        "  ",
        "\t",
        "'",
        "\"",
        "|\n",
        ">-\n",
        "|+\n",
        "|2",
        "&x ",
        "*x",
        "!!str ",
        "!t ",
        "<<: ",
        "# c",
        " # c\n",
        "---",
        "\n---\n",
        "\n...\n",
        "%YAML 1.2\n",
        "{{ x }}",
        "${V:=d}",
        "é",
        "😀",
        "\u{feff}",
        "~",
        "10",
        "\\n",
        "''",
        "\"\"",
        "@",
        "\u{0}",
        "\u{85}",
        "\u{2028}",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..24).prop_map(|pieces| pieces.concat())
}
