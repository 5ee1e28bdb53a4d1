//! `field script`: many commands through one open store, each still one durable act.
//!
//! A line is `{"id": anything, "run": ["snag", "show", "2-1-1102#3"]}`: the words of the command line after `--store DIR`.
//! Its answer comes when the act is durable and before the next line is read: `{"id", "done"}` or `{"id", "error", "code"}`.

use super::{Answer, Ctx, Device, FieldCommand};
use crate::cli::{Failure, Shown};
use clap::Parser;
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::{BufRead, Write};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(default)]
    id: Value,
    run: Vec<String>,
}

#[derive(Parser)]
#[command(no_binary_name = true, disable_help_flag = true, disable_help_subcommand = true)]
struct Words {
    #[command(subcommand)]
    command: FieldCommand,
}

pub(super) fn run(ctx: &Ctx, device: &Device) -> Result<Answer, Failure> {
    let mut wrong = false;
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|error| Failure::cannot("cli-bad-json", &[("path", "-".to_owned()), ("detail", error.to_string())]))?;
        if line.trim().is_empty() {
            continue;
        }
        let (id, done) = one(ctx, device, &line);
        let told = match done {
            Ok(answer) => {
                wrong |= answer.wrong;
                json!({ "id": id, "done": answer.value() })
            }
            Err(failure) => {
                wrong = true;
                json!({ "id": id, "error": failure.value(ctx.lang), "code": failure.code })
            }
        };
        let mut out = std::io::stdout().lock();
        // Nobody listens any more: what is done is durable, and nothing further is begun.
        if writeln!(out, "{told}").and_then(|()| out.flush()).is_err() {
            break;
        }
        device.field.make_pictures();
    }
    Ok(Answer { shown: Shown::Rows(Vec::new()), text: String::new(), wrong })
}

fn one(ctx: &Ctx, device: &Device, line: &str) -> (Value, Result<Answer, Failure>) {
    let line: Line = match serde_json::from_str(line) {
        Ok(line) => line,
        Err(error) => return (Value::Null, Err(Failure::cannot("cli-bad-json", &[("path", "-".to_owned()), ("detail", error.to_string())]))),
    };
    if line.run.iter().any(|word| word == "-") {
        // Standard input is the script's own.
        return (line.id, Err(Failure::cannot("cli-script-stdin", &[])));
    }
    let done = match Words::try_parse_from(&line.run) {
        Ok(words) => words.command.run(ctx, device),
        Err(error) => Err(Failure::usage(&error.render().to_string())),
    };
    (line.id, done)
}
