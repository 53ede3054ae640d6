//! Runs a program to its end and keeps what it prints.
//!
//! The output goes line by line to a file, so that a failure can be shown whole and a talkative test can't fill the memory, and
//! to whoever watches. Standard output and error share one pipe: what a program said last is then last in the file too.

use std::{
    fs::File,
    io::{self, BufRead as _, BufReader, BufWriter, Write as _},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

/// The longest that one program may take. A clean build of the whole workspace on two slow cores takes a third of this; what
/// takes longer hangs, and a build machine should say so before its own limit ends the run without a word.
pub(crate) const PROGRAM_TIME_MAX: Duration = Duration::from_secs(45 * 60);

/// Lines that are read and not yet written. More only costs memory: the pipe waits.
const LINES_WAITING_MAX: usize = 256;

/// A program could not be run to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProcessError {
    /// It isn't there or can't be executed.
    #[error("`{program}` can't be started ({error}); install it, or put it on PATH, and run this again")]
    NotStarted {
        /// Its name.
        program: String,
        /// The system's reason.
        error: io::Error,
    },
    /// It took longer than it may.
    #[error("`{program}` was ended after {} minutes; see {} for the last that it said", limit.as_secs() / 60, log.display())]
    TooLong {
        /// Its name.
        program: String,
        /// How long it might have taken.
        limit: Duration,
        /// Its output.
        log: PathBuf,
    },
    /// The file of its output can't be written, or its output not read.
    #[error("the output can't be kept in {} ({error}); free some space, or mend the folder's rights", log.display())]
    Log {
        /// The file.
        log: PathBuf,
        /// The system's reason.
        error: io::Error,
    },
}

/// The file in which the output of one step's programs is kept, one after the other.
pub(crate) struct Log {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Log {
    /// Begins an empty one.
    ///
    /// # Errors
    /// [`ProcessError::Log`] where the file can't be made.
    pub(crate) fn create(path: PathBuf) -> Result<Self, ProcessError> {
        let made = path
            .parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| File::create(&path));
        match made {
            Ok(file) => Ok(Self {
                path,
                file: BufWriter::new(file),
            }),
            Err(error) => Err(ProcessError::Log { log: path, error }),
        }
    }

    /// Adds a line.
    pub(crate) fn line(&mut self, line: &str) -> Result<(), ProcessError> {
        writeln!(self.file, "{line}").map_err(|error| self.failed(error))
    }

    fn flush(&mut self) -> Result<(), ProcessError> {
        self.file.flush().map_err(|error| self.failed(error))
    }

    fn failed(&self, error: io::Error) -> ProcessError {
        ProcessError::Log {
            log: self.path.clone(),
            error,
        }
    }
}

/// Runs a program without input; each line that it prints goes to the log and to `on_line`.
///
/// # Errors
/// [`ProcessError`]. That it ran and reported failure is none: that is in the status.
pub(crate) fn run(
    mut command: Command,
    limit: Duration,
    log: &mut Log,
    on_line: &mut dyn FnMut(&str),
) -> Result<ExitStatus, ProcessError> {
    let program = command.get_program().to_string_lossy().into_owned();
    log.line(&described(&command))?;
    let (output, input) = io::pipe().map_err(|error| log.failed(error))?;
    let also_input = input.try_clone().map_err(|error| log.failed(error))?;
    command.stdin(Stdio::null()).stdout(input).stderr(also_input);
    let mut child = command.spawn().map_err(|error| ProcessError::NotStarted {
        program: program.clone(),
        error,
    })?;
    // The command holds the pipe's writing end; as long as anyone does, the reading end sees no end.
    drop(command);

    let ends_at = Instant::now() + limit;
    let (sender, lines) = mpsc::sync_channel(LINES_WAITING_MAX);
    thread::spawn(move || {
        for line in BufReader::new(output).split(b'\n') {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    loop {
        match lines.recv_timeout(ends_at.saturating_duration_since(Instant::now())) {
            Ok(Ok(line)) => {
                let line = String::from_utf8_lossy(&line);
                log.line(line.trim_end_matches('\r'))?;
                on_line(&line);
            }
            Ok(Err(error)) => return Err(log.failed(error)),
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                let _ = child.kill();
                let _ = child.wait();
                log.flush()?;
                return Err(ProcessError::TooLong {
                    program,
                    limit,
                    log: log.path.clone(),
                });
            }
        }
    }
    log.flush()?;
    child.wait().map_err(|error| log.failed(error))
}

/// The command as one would type it, for the log's reader.
fn described(command: &Command) -> String {
    let mut words = vec!["$".to_owned()];
    let program = Path::new(command.get_program());
    words.push(
        program
            .file_name()
            .unwrap_or(program.as_os_str())
            .to_string_lossy()
            .into_owned(),
    );
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn both_streams_are_kept_in_their_order_and_the_status_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er/step.log");
        let mut log = Log::create(path.clone()).unwrap();
        let mut seen = Vec::new();
        let status = run(
            shell("echo one; echo two >&2; echo three; exit 7"),
            PROGRAM_TIME_MAX,
            &mut log,
            &mut |line| {
                seen.push(line.to_owned());
            },
        )
        .unwrap();
        assert_eq!(status.code(), Some(7));
        assert_eq!(seen, ["one", "two", "three"]);
        let kept = std::fs::read_to_string(path).unwrap();
        assert!(kept.starts_with("$ sh -c "), "{kept}");
        assert!(kept.ends_with("\none\ntwo\nthree\n"), "{kept}");
    }

    #[test]
    fn a_program_that_hangs_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("step.log");
        let mut log = Log::create(path.clone()).unwrap();
        let ended = run(
            shell("echo begun; exec sleep 60"),
            Duration::from_millis(200),
            &mut log,
            &mut |_| (),
        );
        assert!(matches!(ended, Err(ProcessError::TooLong { .. })), "{ended:?}");
        assert!(std::fs::read_to_string(path).unwrap().ends_with("begun\n"));
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = Log::create(folder.path().join("step.log")).unwrap();
        let error = run(
            Command::new("rabt-no-such-program"),
            PROGRAM_TIME_MAX,
            &mut log,
            &mut |_| (),
        )
        .unwrap_err();
        assert!(error.to_string().contains("`rabt-no-such-program`"), "{error}");
    }
}
