//! The progress bar of tools that measure. Those that do not have none, and are
//! built without the crate that draws it.

#[cfg(feature = "measure")]
pub(crate) use drawn::Bar;
#[cfg(not(feature = "measure"))]
pub(crate) use none::Bar;

#[cfg(feature = "measure")]
mod drawn {
    use std::time::Duration;

    use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

    /// How often the elapsed time is drawn anew.
    const TICK: Duration = Duration::from_millis(120);

    /// A bar on stderr.
    #[derive(Debug)]
    pub(crate) struct Bar(ProgressBar);

    impl Bar {
        #[expect(clippy::unnecessary_wraps, reason = "without the feature there is none")]
        pub(crate) fn new(color: bool) -> Option<Self> {
            let template = if color {
                "{bar:24.cyan} {pos}/{len} {elapsed} {msg}"
            } else {
                "{bar:24} {pos}/{len} {elapsed} {msg}"
            };
            let style = ProgressStyle::with_template(template)
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            let target = ProgressDrawTarget::stderr();
            Some(Self(ProgressBar::with_draw_target(None, target).with_style(style)))
        }

        pub(crate) fn begin(&self, total: u64) {
            self.0.set_length(total);
            self.0.enable_steady_tick(TICK);
        }

        pub(crate) fn show(&self, message: String) {
            self.0.set_message(message);
        }

        pub(crate) fn done(&self) {
            self.0.inc(1);
        }

        pub(crate) fn end(&self) {
            self.0.finish_and_clear();
        }

        /// Takes the bar away while `work` writes to the terminal.
        pub(crate) fn without(&self, work: impl FnOnce()) {
            self.0.suspend(work);
        }
    }
}

#[cfg(not(feature = "measure"))]
mod none {
    /// A bar that there never is.
    #[derive(Debug)]
    pub(crate) enum Bar {}

    impl Bar {
        pub(crate) fn new(_color: bool) -> Option<Self> {
            None
        }

        pub(crate) fn begin(&self, _total: u64) {
            match *self {}
        }

        pub(crate) fn show(&self, _message: String) {
            match *self {}
        }

        pub(crate) fn done(&self) {
            match *self {}
        }

        pub(crate) fn end(&self) {
            match *self {}
        }

        pub(crate) fn without(&self, _work: impl FnOnce()) {
            match *self {}
        }
    }
}
