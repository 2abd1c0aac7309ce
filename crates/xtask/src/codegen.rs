//! `cargo xtask codegen`: the table of rules, their modules and their pages, made from the rule files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::workspace::root;

/// A rule file, as far as the table needs it.
struct RuleFile {
    /// The module: `egress_without_dns`.
    module: String,
    /// The static: `EGRESS_WITHOUT_DNS`.
    ident: String,
    /// The name: `egress-without-dns`.
    name: String,
    /// The variant of `Check`, with the function where there is one.
    check: String,
    /// The documentation.
    docs: String,
    /// `group`, `severity`, `confidence`, `fix`, `since`, as declared.
    grades: Vec<(String, String)>,
}

/// Writes the generated files, or with `--check` says which are stale.
pub(crate) fn run(args: &[&str]) -> ExitCode {
    let check = args == ["--check"];
    let stale: Vec<PathBuf> = match generate() {
        Ok(files) => files
            .into_iter()
            .filter(|(path, text)| is_stale(path, text))
            .map(|(path, text)| {
                if !check {
                    write(&path, &text);
                }
                path
            })
            .collect(),
        Err(problem) => {
            eprintln!("codegen: {problem}");
            return ExitCode::FAILURE;
        }
    };
    for path in &stale {
        println!("{} {}", if check { "stale:" } else { "wrote" }, path.display());
    }
    if check && !stale.is_empty() {
        eprintln!("run `cargo xtask codegen`");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// All generated files with their text, relative to the root.
pub(crate) fn generate() -> Result<Vec<(PathBuf, String)>, String> {
    let rules = rule_files()?;
    let mut files = vec![
        (PathBuf::from("rules/src/checks/mod.rs"), modules(&rules)),
        (PathBuf::from("rules/src/registry.rs"), registry(&rules)),
        (PathBuf::from("docs/rules/README.md"), index(&rules)),
    ];
    files.extend(rules.iter().map(|rule| (format!("docs/rules/{}.md", rule.name).into(), page(rule))));
    Ok(files)
}

fn is_stale(path: &Path, text: &str) -> bool {
    fs::read_to_string(root().join(path)).map_or(true, |old| old != text)
}

fn write(path: &Path, text: &str) {
    let path = root().join(path);
    let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, text));
    if let Err(problem) = written {
        eprintln!("{}: {problem}", path.display());
    }
}

fn rule_files() -> Result<Vec<RuleFile>, String> {
    let folder = root().join("rules/src/checks");
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder)
        .map_err(|problem| format!("{}: {problem}", folder.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("mod.rs"))
        .collect();
    paths.sort();
    paths.iter().map(|path| read_rule(path)).collect()
}

fn read_rule(path: &Path) -> Result<RuleFile, String> {
    let text = fs::read_to_string(path).map_err(|problem| format!("{}: {problem}", path.display()))?;
    let module = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
    let missing = |what: &str| format!("{}: no {what}", path.display());
    let declared = text.split("pub static ").nth(1).ok_or_else(|| missing("`declare_rule!`"))?;
    let (ident, rest) = declared.split_once(" = ").ok_or_else(|| missing("name"))?;
    let name = rest.split('"').nth(1).ok_or_else(|| missing("name"))?.to_owned();
    let body = rest.split_once('{').and_then(|(_, rest)| rest.split_once('}')).ok_or_else(|| missing("grades"))?.0;
    let grades = body.split(',').filter_map(|pair| pair.split_once(':'));
    let grades =
        grades.map(|(key, value)| (key.trim().to_owned(), value.trim().trim_matches('"').to_owned())).collect();
    if name.replace('-', "_") != module {
        return Err(format!("{}: declares `{name}`, another name than its file", path.display()));
    }
    let check = check_of(&text, &module).ok_or_else(|| {
        missing("check: `pub(crate) fn check(…)` over a document, object, policy or the context alone")
    })?;
    let docs = docs_of(&text);
    Ok(RuleFile { check, docs, grades, ident: ident.trim().to_owned(), module, name })
}

/// The variant of `Check` for the first parameter of `check`.
fn check_of(text: &str, module: &str) -> Option<String> {
    let Some(signature) = text.split("pub(crate) fn check(").nth(1) else {
        return text.contains("// made by the session").then(|| "Check::Session".to_owned());
    };
    let first = signature.split_once(')')?.0.split(',').next()?;
    let variant = [
        ("&Document", "Document"),
        ("ObjectRef", "Object"),
        ("PolicyRef", "Policy"),
        ("&Builds", "Build"),
        ("Cx", "World"),
    ];
    let (_, variant) = variant.into_iter().find(|(parameter, _)| first.contains(parameter))?;
    Some(format!("Check::{variant}({module}::check)"))
}

fn docs_of(text: &str) -> String {
    let declared = text.split_once("declare_rule!").map_or("", |(_, rest)| rest);
    let lines = declared.lines().map(str::trim_start).skip_while(|line| !line.starts_with("///"));
    let docs = lines.take_while(|line| line.starts_with("///"));
    docs.map(|line| line.trim_start_matches("///").strip_prefix(' ').unwrap_or_default().to_owned() + "\n").collect()
}

fn modules(rules: &[RuleFile]) -> String {
    let lines: String = rules.iter().map(|rule| format!("pub(crate) mod {};\n", rule.module)).collect();
    format!("//! One file a rule. Generated by `cargo xtask codegen`.\n\n{lines}")
}

fn registry(rules: &[RuleFile]) -> String {
    let mut sorted: Vec<&RuleFile> = rules.iter().collect();
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    let rows: String = sorted
        .iter()
        .map(|rule| format!("    Entry {{ rule: &{}::{}, check: {} }},\n", rule.module, rule.ident, rule.check))
        .collect();
    let mut modules: Vec<&str> = rules.iter().map(|rule| rule.module.as_str()).collect();
    modules.sort_unstable();
    let modules: String = modules.iter().map(|module| format!("    {module},\n")).collect();
    format!(
        "//! The table of all rules. Generated by `cargo xtask codegen`.\n\n#[rustfmt::skip]\nuse crate::checks::{{\n{modules}}};\n\
         use crate::{{Check, Entry}};\n\n/// All rules, sorted by name.\n#[rustfmt::skip]\npub static RULES: &[Entry] = &[\n{rows}];\n"
    )
}

fn grade<'r>(rule: &'r RuleFile, key: &str) -> &'r str {
    rule.grades.iter().find(|(name, _)| name == key).map_or("", |(_, value)| value)
}

fn index(rules: &[RuleFile]) -> String {
    let rows: String = rules
        .iter()
        .map(|rule| {
            let (group, severity, fix) = (grade(rule, "group"), grade(rule, "severity"), grade(rule, "fix"));
            let cells = [group, severity, fix].map(str::to_lowercase).join(" | ");
            format!("| [{0}]({0}.md) | {cells} | {1} |\n", rule.name, first_sentence(&rule.docs))
        })
        .collect();
    format!(
        "# Rules\n\nMade from the rule files by `cargo xtask codegen`.\n\n| rule | group | severity | fix | what it reports |\n|---|---|---|---|---|\n{rows}"
    )
}

fn first_sentence(docs: &str) -> String {
    let text = docs.split("## What it does").nth(1).unwrap_or(docs).trim_start();
    let paragraph = text.split("\n\n").next().unwrap_or(text).replace('\n', " ");
    paragraph.split(". ").next().unwrap_or_default().trim().trim_end_matches('.').replace('|', "\\|")
}

fn page(rule: &RuleFile) -> String {
    let grades = ["group", "severity", "confidence", "fix", "since"];
    let grades: Vec<String> = grades.iter().map(|key| format!("{key}: {}", grade(rule, key).to_lowercase())).collect();
    let docs = rule.docs.replace("```yaml bad", "```yaml").replace("```yaml good", "```yaml");
    format!("# {}\n\n{}\n\n{}", rule.name, grades.join(" · "), docs)
}
