//! Lists of allowed connections: ours beside recorded ones.

use std::path::Path;

use ringfence_testkit::connlist::Recorded;

use super::SHOWN;

/// Compares lists. Whether all of them agree.
pub(super) fn compare(file: &Path, lists: &[Recorded]) -> Result<bool, String> {
    let (mut pairs, mut differences) = (0, Vec::new());
    for list in lists {
        let compared = list.compare()?;
        pairs += compared.pairs;
        differences.extend(compared.differences.into_iter().map(|says| (list, says)));
    }
    println!(
        "{}: {} lists, {pairs} pairs, {} agree, {} do not",
        file.display(),
        lists.len(),
        pairs - differences.len(),
        differences.len()
    );
    for (list, says) in differences.iter().take(SHOWN) {
        println!("\n{}: {says}\n{}", list.name, list.policies().trim_end());
    }
    if differences.len() > SHOWN {
        println!("\nand {} differences more", differences.len() - SHOWN);
    }
    Ok(differences.is_empty())
}
