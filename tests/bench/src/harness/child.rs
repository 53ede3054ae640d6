//! Another process of a measure: a city, whose work must not count as the client's; an app, which is measured from its start; a peer
//! in another language. It is told things in lines, and answers each with a line.

use super::Outcome;
use std::{
    io::{self, BufRead as _, BufReader, Write as _},
    process::{self, ChildStdin, ChildStdout, Command, Stdio},
};

/// The process. Its end of the pipe is closed when this goes, which tells it to end.
pub(crate) struct Child {
    process: process::Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Child {
    /// Starts this program again as one of `measures::CHILDREN`.
    ///
    /// # Errors
    /// Where the system refuses.
    pub(crate) fn start(role: &str, arguments: &[&str]) -> Outcome<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["child", role]).args(arguments);
        Self::of(command)
    }

    /// Starts another program.
    ///
    /// # Errors
    /// Where it isn't there.
    pub(crate) fn of(mut command: Command) -> Outcome<Self> {
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| {
                format!(
                    "`{}` can't be started: {error}",
                    command.get_program().to_string_lossy()
                )
            })?;
        let (Some(stdin), Some(stdout)) = (process.stdin.take(), process.stdout.take()) else {
            return Err("a child without pipes".into());
        };
        Ok(Self {
            process,
            stdin: Some(stdin),
            stdout: BufReader::new(stdout),
        })
    }

    /// The next line that it says.
    ///
    /// # Errors
    /// Where it has ended instead; what it had to say is on standard error.
    pub(crate) fn heard(&mut self) -> Outcome<String> {
        let mut line = String::new();
        if self.stdout.read_line(&mut line)? == 0 {
            return Err(format!("a child ended before it answered: {}", self.process.wait()?).into());
        }
        Ok(line.trim_end().to_owned())
    }

    /// Says a line.
    ///
    /// # Errors
    /// Where it has ended.
    pub(crate) fn say(&mut self, line: &str) -> Outcome<()> {
        let stdin = self.stdin.as_mut().ok_or("the child is being ended")?;
        writeln!(stdin, "{line}")?;
        Ok(stdin.flush()?)
    }

    /// Says a line and waits for the answer.
    ///
    /// # Errors
    /// As [`Child::heard`].
    pub(crate) fn ask(&mut self, line: &str) -> Outcome<String> {
        self.say(line)?;
        self.heard()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.stdin = None;
        // It ends by itself once nobody speaks to it; one that can't be waited for has ended.
        let _ = self.process.wait();
    }
}

/// For a child: says a line to who started it.
///
/// # Errors
/// Where nobody listens any more.
pub(crate) fn tell(line: &str) -> Outcome<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}
