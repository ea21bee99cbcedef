//! What each binary does alike: arguments, exit codes, progress, signals, run loop
