//! How far a long run is: one line on a terminal, shown after half a second and gone at the end.

use std::io::{self, IsTerminal};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Runs that end before show nothing.
const DELAY: Duration = Duration::from_millis(500);
/// How often it is drawn.
const TICK: Duration = Duration::from_millis(100);

/// The progress of a run.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    timer: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Progress on standard error, if it is `wanted` and that is a terminal.
    pub(crate) fn start(wanted: bool) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let timer = (wanted && io::stderr().is_terminal()).then(|| timer(bar.clone()));
        Self { bar, timer }
    }

    /// Says what is done: `done` steps of `total`.
    pub(crate) fn show(&self, what: &'static str, done: usize, total: usize) {
        show(&self.bar, what, done, total);
    }

    /// The same, to hand over.
    pub(crate) fn teller(&self, what: &'static str) -> impl Fn(usize, usize) + Send + 'static {
        let bar = self.bar.clone();
        move |done, total| show(&bar, what, done, total)
    }
}

impl Drop for Progress {
    /// Clears the line.
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.timer.take() {
            drop(stop);
            // A timer that failed has nothing on the screen.
            let _ = thread.join();
        }
        self.bar.finish_and_clear();
    }
}

fn show(bar: &ProgressBar, what: &'static str, done: usize, total: usize) {
    bar.set_message(what);
    bar.set_length(total as u64);
    bar.set_position(done as u64);
}

/// Shows the bar after a while, unless the sender is gone by then.
fn timer(bar: ProgressBar) -> (Sender<()>, JoinHandle<()>) {
    let (stop, stopped) = mpsc::channel();
    let thread = thread::spawn(move || {
        if stopped.recv_timeout(DELAY) == Err(RecvTimeoutError::Timeout) {
            bar.set_style(style());
            bar.set_draw_target(ProgressDrawTarget::stderr());
            bar.enable_steady_tick(TICK);
        }
    });
    (stop, thread)
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {msg} {pos}/{len}").unwrap_or_else(|_| ProgressStyle::default_spinner())
}
