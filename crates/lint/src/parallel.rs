//! The same work for many things, on as many threads as the machine has; what comes out lies in the order of the things.

#[cfg(not(target_family = "wasm"))]
use std::{
    sync::{Mutex, PoisonError, mpsc},
    thread,
};

/// What the main thread has on most systems: collections may nest deep.
#[cfg(not(target_family = "wasm"))]
const STACK: usize = 8 << 20;

/// Does `work` for each thing. A thread takes `at_once` of them at a time: many where they are small, and where there are no
/// more than that, no thread is started. `done` is told after each thing, on the thread that called.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn map<T: Send, R: Send>(
    things: Vec<T>,
    at_once: usize,
    work: impl Fn(T) -> R + Sync,
    mut done: impl FnMut(),
) -> Vec<R> {
    let count = things.len();
    let threads = thread::available_parallelism().map_or(1, usize::from).min(count.div_ceil(at_once));
    if threads < 2 {
        return one_by_one(things, work, done);
    }
    let queue = Mutex::new(things.into_iter().enumerate());
    // A poisoned queue means that some work panicked, which the scope passes on.
    let take =
        || -> Vec<(usize, T)> { queue.lock().unwrap_or_else(PoisonError::into_inner).by_ref().take(at_once).collect() };
    let worker = &|sender: mpsc::Sender<(usize, R)>| {
        let mut taken = take();
        while !taken.is_empty() {
            for (at, thing) in taken {
                // Nobody listens only where the scope is being left by a panic.
                let _ = sender.send((at, work(thing)));
            }
            taken = take();
        }
    };
    let (sender, receiver) = mpsc::channel();
    let mut results: Vec<Option<R>> = (0..count).map(|_| None).collect();
    thread::scope(|scope| {
        let begun = vec![sender.clone(); threads]
            .into_iter()
            .map(|sender| thread::Builder::new().stack_size(STACK).spawn_scoped(scope, move || worker(sender)).is_ok());
        // A system that gives no thread still has this one.
        if begun.filter(|begun| *begun).count() == 0 {
            worker(sender);
        } else {
            drop(sender);
        }
        for (at, result) in receiver {
            results[at] = Some(result);
            done();
        }
    });
    results.into_iter().flatten().collect()
}

/// Does `work` for each thing, one after the other: there is one thread. `done` is told after each.
#[cfg(target_family = "wasm")]
pub(crate) fn map<T, R>(things: Vec<T>, _at_once: usize, work: impl Fn(T) -> R, done: impl FnMut()) -> Vec<R> {
    one_by_one(things, work, done)
}

fn one_by_one<T, R>(things: Vec<T>, work: impl Fn(T) -> R, mut done: impl FnMut()) -> Vec<R> {
    let mut told = |thing| {
        let result = work(thing);
        done();
        result
    };
    things.into_iter().map(&mut told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_of_the_things() {
        for (count, at_once) in [(0, 1), (1, 1), (5, 1), (1000, 8), (1001, 64)] {
            let mut told = 0;
            let doubled = map((0..count).collect(), at_once, |thing: usize| thing * 2, || told += 1);
            assert_eq!(doubled, (0..count).map(|thing| thing * 2).collect::<Vec<_>>());
            assert_eq!(told, count);
        }
    }
}
