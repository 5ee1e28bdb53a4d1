//! Many small pieces of work at once, on the cores there are: what a sync brings is decoded, folded and packed by the thousand.

use std::{
    panic::resume_unwind,
    sync::{Mutex, PoisonError},
    thread,
};

/// Fewer items are not worth a thread.
const WORTH_ITEMS: usize = 512;
/// More threads than this would only fight for memory.
const THREADS_MAX: usize = 4;
/// Each thread takes so many parts, so that a slow core holds up nobody.
const PARTS_PER_THREAD: usize = 4;

/// `work` of each item, in the items' order.
pub fn map<T: Send, U: Send>(items: Vec<T>, work: impl Fn(T) -> U + Sync) -> Vec<U> {
    let threads = if items.len() < WORTH_ITEMS { 1 } else { thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX) };
    if threads == 1 {
        return items.into_iter().map(work).collect();
    }
    let size = items.len().div_ceil(threads * PARTS_PER_THREAD);
    let mut parts: Vec<Vec<T>> = Vec::new();
    let mut items = items.into_iter();
    while items.len() > 0 {
        parts.push(items.by_ref().take(size).collect());
    }
    let queue = Mutex::new(parts.into_iter().enumerate());
    let take_parts = || {
        let mut done: Vec<(usize, Vec<U>)> = Vec::new();
        loop {
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((place, part)) = next else { return done };
            done.push((place, part.into_iter().map(&work).collect()));
        }
    };
    let mut done = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(take_parts)).collect();
        let mut done = take_parts();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(place, _)| *place);
    done.into_iter().flat_map(|(_, part)| part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_worked_on_once_and_in_order() {
        for count in [0, 1, WORTH_ITEMS - 1, WORTH_ITEMS, WORTH_ITEMS + 1, 10_007] {
            let items: Vec<String> = (0..count).map(|n| n.to_string()).collect();
            let lengths = map(items.clone(), |text| (text.len(), text));
            assert_eq!(lengths, items.into_iter().map(|text| (text.len(), text)).collect::<Vec<_>>());
        }
    }

    #[test]
    #[should_panic(expected = "at 700")]
    fn a_panic_in_a_thread_is_a_panic_here() {
        map((0..2_000).collect(), |n| assert_ne!(n, 700, "at 700"));
    }
}
