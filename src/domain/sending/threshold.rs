//! Thresholds that move: with the number of digits, and from window to window.

use std::time::Duration;

use super::{DIGITS_UNDER_SPRAY, SPRAY_AT_SIX_DIGITS};
use crate::domain::Timestamp;
use crate::domain::code::DIGITS;

/// From how many guesses in a day at codes of so many digits on a tenant's codes are being guessed at. `right` is how
/// many of them were right. Codes as long as those under a spray are never that.
#[must_use]
pub fn spray_threshold(digits: u8, right: u64) -> Option<u64> {
    let more = u32::from(digits).checked_sub(u32::from(*DIGITS.start()))?;
    let guesses = (digits < DIGITS_UNDER_SPRAY).then(|| SPRAY_AT_SIX_DIGITS * 10_u64.pow(more))?;
    Some(guesses + right / 2)
}

/// A threshold as it holds in one window: within a quarter of what is configured, so that counting one's own messages
/// tells nobody how many others there were. `draw` is as good as random and the same for the whole window.
#[must_use]
pub fn redrawn(configured: u32, draw: u16) -> u32 {
    let share = 0.75 + 0.5 * f64::from(draw) / f64::from(u16::MAX);
    scaled(configured, share)
}

/// The same for a budget, which is never exceeded: between three quarters and all of it.
#[must_use]
pub fn redrawn_budget(configured: u32, draw: u16) -> u32 {
    let share = 0.75 + 0.25 * f64::from(draw) / f64::from(u16::MAX);
    scaled(configured, share)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a number that fits")]
fn scaled(configured: u32, share: f64) -> u32 {
    (f64::from(configured) * share).round().min(f64::from(u32::MAX)) as u32
}

/// The number of the window of that length that a moment lies in: what a threshold is drawn for. Windows follow one
/// another from 1970 on.
#[must_use]
pub fn window_number(moment: Timestamp, length: Duration) -> i128 {
    moment.unix_timestamp_nanos().div_euclid(nanos(length))
}

fn nanos(length: Duration) -> i128 {
    i128::try_from(length.as_nanos()).unwrap_or(i128::MAX).max(1)
}
