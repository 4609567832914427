//! Work on many items at once. A worker is one thread with a runtime of its own: an instance of the
//! provider and the run against it share one core, and nothing else.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tokio::runtime::Builder;

use super::bench::BenchError;

/// So many items at once; results in the order of the items. Ends early with the first error.
pub(super) fn in_parallel<I: Sync, T: Send>(
    jobs: usize,
    items: &[I],
    work: impl AsyncFn(&I) -> Result<T, BenchError> + Sync,
) -> Result<Vec<T>, BenchError> {
    let next = AtomicUsize::new(0);
    let worker = || -> Result<Vec<(usize, T)>, BenchError> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else {
                return Ok(done);
            };
            let result = runtime.block_on(work(item));
            if result.is_err() {
                next.store(items.len(), Ordering::Relaxed);
            }
            done.push((index, result?));
        }
    };
    let parts: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs.max(1)).map(|_| scope.spawn(worker)).collect();
        let join = |worker: thread::ScopedJoinHandle<'_, _>| {
            worker
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        workers.into_iter().map(join).collect::<Result<_, _>>()
    })?;
    let mut results: Vec<(usize, T)> = parts.into_iter().flatten().collect();
    results.sort_by_key(|(index, _)| *index);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_the_order_of_the_items() {
        let items: Vec<usize> = (0..40).collect();
        let doubled = in_parallel(7, &items, async |item| {
            tokio::task::yield_now().await;
            Ok(item * 2)
        });
        let expected: Vec<usize> = (0..40).map(|item| item * 2).collect();
        assert_eq!(doubled.expect("no error"), expected);
    }

    #[test]
    fn the_first_error_ends_the_work() {
        let error = || BenchError::Listen(std::io::Error::other("taken"));
        let ended = in_parallel(2, &[1, 2, 3], async |item| {
            if *item == 2 { Err(error()) } else { Ok(*item) }
        });
        assert!(ended.is_err());
    }
}
