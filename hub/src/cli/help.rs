//! `--help` in the language of the reader. The words of the commands stand at the commands, in English; `help_zh.rs` has them in Chinese.

use super::help_zh::WORDS;
use clap::{Arg, ArgAction, Command};
use keyturn_core::words::Lang;

const TEMPLATE: &str = "{about-with-newline}\n用法：{usage}\n\n{all-args}{after-help}";

/// More than any command has arguments.
const EVERYWHERE: usize = 500;

fn words(english: &str) -> Option<&'static str> {
    WORDS.iter().find(|(en, _)| *en == english).map(|(_, zh)| *zh)
}

/// The command line with its help in `lang`.
pub(super) fn told(command: Command, lang: Lang) -> Command {
    match lang {
        Lang::En => command,
        Lang::Zh => chinese(command),
    }
}

fn chinese(command: Command) -> Command {
    let about = command.get_about().and_then(|about| words(&about.to_string()));
    let version = command.get_version().is_some();
    let mut command = command.help_template(TEMPLATE).subcommand_help_heading("命令").disable_help_flag(true).disable_version_flag(true);
    if let Some(about) = about {
        command = command.about(about);
    }
    // A heading of one's own is sorted by name unless each has its place; what every command takes comes last.
    let mut place = 0;
    let placed = |arg: Arg| {
        place += 1;
        let behind = if arg.is_global_set() { EVERYWHERE } else { 0 };
        argument(arg).display_order(behind + place)
    };
    let mut command = command.mut_args(placed).mut_subcommands(chinese);
    command = command.arg(Arg::new("help").short('h').long("help").help("显示帮助").help_heading("选项").display_order(2 * EVERYWHERE).action(ArgAction::Help));
    if version {
        command = command
            .arg(Arg::new("version").short('V').long("version").help("显示版本").help_heading("选项").display_order(2 * EVERYWHERE).action(ArgAction::Version));
    }
    command
}

fn argument(arg: Arg) -> Arg {
    let values: Vec<String> =
        arg.get_possible_values().iter().filter_map(|value| Some(format!("{} {}", value.get_name(), words(&value.get_help()?.to_string())?))).collect();
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let heading = if arg.is_positional() { "参数" } else { "选项" };
    let mut arg = arg.help_heading(heading);
    if let Some(zh) = words(&help) {
        // Values with words of their own are told behind the argument's.
        arg = if values.is_empty() { arg.help(zh) } else { arg.help(format!("{zh}：{}", values.join("、"))).hide_possible_values(true) };
    }
    arg
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;
    use std::collections::BTreeSet;

    /// What a command and those below it say, but for `keyturn rules`, which is for who writes rules.
    fn said(command: &Command, out: &mut BTreeSet<String>) {
        out.extend(command.get_about().map(ToString::to_string));
        for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
            out.extend(arg.get_help().map(ToString::to_string));
            out.extend(arg.get_possible_values().iter().filter_map(|value| value.get_help()).map(ToString::to_string));
        }
        for below in command.get_subcommands() {
            if below.get_name() == "rules" {
                out.extend(below.get_about().map(ToString::to_string));
            } else {
                said(below, out);
            }
        }
    }

    #[test]
    fn every_command_and_option_is_told_in_chinese_and_nothing_is_left_over() {
        let mut there = BTreeSet::new();
        said(&super::super::Cli::command(), &mut there);
        assert!(there.len() > 200, "{}", there.len());
        let missing: Vec<&String> = there.iter().filter(|english| words(english).is_none()).collect();
        assert!(missing.is_empty(), "without Chinese words: {missing:#?}");
        let stale: Vec<&str> = WORDS.iter().map(|(en, _)| *en).filter(|en| !there.contains(*en)).collect();
        assert!(stale.is_empty(), "said by no command: {stale:#?}");
        assert!(WORDS.iter().all(|(_, zh)| !zh.is_ascii()), "words that are not Chinese");
    }

    #[test]
    fn the_chinese_command_line_parses_as_the_english_one_and_its_help_is_chinese() {
        let line = ["keyturn", "field", "--store", "S", "handover", "answer", "2-1-1102", "living/wall/surface", "not-fine", "--reason", "x"];
        for lang in [Lang::Zh, Lang::En] {
            assert!(told(super::super::Cli::command(), lang).try_get_matches_from(line).is_ok(), "{lang:?}");
        }
        told(super::super::Cli::command(), Lang::Zh).debug_assert();
        let help =
            told(super::super::Cli::command(), Lang::Zh).try_get_matches_from(["keyturn", "field", "handover", "answer", "--help"]).unwrap_err().to_string();
        assert!(help.contains("用法：") && help.contains("记一项的结果") && help.contains("not-fine 不合格") && help.contains("显示帮助"), "{help}");
        let place = |name: &str| help.rfind(name).unwrap_or_default();
        assert!(place("<UNIT>  ") < place("<LINE>  ") && place("<LINE>  ") < place("<ANSWER>  "), "in the order in which they are typed: {help}");
        assert!(!help.contains("Usage") && !help.contains("Options") && !help.contains("Print"), "{help}");
    }
}
