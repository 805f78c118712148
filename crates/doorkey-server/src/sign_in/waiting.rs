//! Where held polls wait for a decision.
//!
//! A waiting poll is an entry in a table: sixteen bytes of name and a waker. There is no task, no channel and no timer
//! for it, so that a hundred thousand of them fit in a few dozen megabytes. An entry that is gone means: look now.

use std::{
    collections::HashMap,
    fmt,
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
};

/// Over how many locks the table is spread.
const SHARDS: usize = 64;
/// How many polls of one sign-in are held. A tool needs one; a second may overlap while the first breaks off.
const PER_SIGN_IN: usize = 4;

/// Names what a poll waits for: the beginning of the hash of the code that polls.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct WaitKey([u8; 16]);

impl WaitKey {
    /// The name that goes with the hash of a code that polls.
    pub(crate) fn of_hash(hash: [u8; 32]) -> Self {
        let mut key = [0; 16];
        key.copy_from_slice(&hash[..16]);
        Self(key)
    }

    /// The name as another replica writes it.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let number = (text.len() == 32).then(|| u128::from_str_radix(text, 16).ok())??;
        Some(Self(number.to_be_bytes()))
    }
}

impl fmt::Display for WaitKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for WaitKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WaitKey")
    }
}

/// One waiting poll.
struct Waiter {
    /// Tells it from others that wait for the same.
    ticket: u32,
    waker: Option<Waker>,
}

type Shard = HashMap<WaitKey, Vec<Waiter>>;

/// All polls that wait on this replica.
pub struct WaitingRoom {
    shards: [Mutex<Shard>; SHARDS],
    waiting: AtomicUsize,
    capacity: usize,
    tickets: AtomicU32,
    closed: AtomicBool,
}

impl fmt::Debug for WaitingRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitingRoom").field("waiting", &self.len()).finish_non_exhaustive()
    }
}

impl WaitingRoom {
    /// A room for at most `capacity` polls.
    pub fn new(capacity: usize) -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
            waiting: AtomicUsize::new(0),
            capacity,
            tickets: AtomicU32::new(0),
            closed: AtomicBool::new(false),
        }
    }

    /// How many are waiting.
    pub fn len(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Whether nobody is waiting.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Begins to wait. None when the room is full or closed, or when too many wait for the same.
    pub fn watch(self: &Arc<Self>, key: WaitKey) -> Option<Watch> {
        let mut shard = self.shard(key);
        // Asked under the lock, so that closing either sees this waiter or is seen by it.
        if self.closed.load(Ordering::SeqCst) || self.len() >= self.capacity {
            return None;
        }
        let waiters = shard.entry(key).or_insert_with(|| Vec::with_capacity(1));
        if waiters.len() >= PER_SIGN_IN {
            return None;
        }
        // Tickets repeat after four billion; only the handful that wait for the same must differ.
        let ticket = self.tickets.fetch_add(1, Ordering::Relaxed);
        waiters.push(Waiter { ticket, waker: None });
        self.waiting.fetch_add(1, Ordering::Relaxed);
        Some(Watch { room: Arc::clone(self), key, ticket })
    }

    /// Something was decided: all that wait for it look again.
    pub fn wake(&self, key: WaitKey) {
        let woken = self.shard(key).remove(&key);
        self.leave(woken.into_iter().flatten());
    }

    /// Something may have been decided that we weren't told of: all look again.
    pub fn wake_all(&self) {
        for shard in &self.shards {
            let woken = std::mem::take(&mut *lock(shard));
            self.leave(woken.into_values().flatten());
        }
    }

    /// Nobody waits from now on, because the server stops.
    pub fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.wake_all();
    }

    /// Wakes them, with no lock held.
    fn leave(&self, woken: impl Iterator<Item = Waiter>) {
        for waiter in woken {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            if let Some(waker) = waiter.waker {
                waker.wake();
            }
        }
    }

    fn shard(&self, key: WaitKey) -> MutexGuard<'_, Shard> {
        // The name is part of a hash already; any of its bytes spreads well.
        lock(&self.shards[usize::from(key.0[0]) % SHARDS])
    }
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until it is time to look again. Dropping it stops waiting.
#[must_use = "a watch does nothing unless it is awaited"]
pub struct Watch {
    room: Arc<WaitingRoom>,
    key: WaitKey,
    ticket: u32,
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watch")
    }
}

impl Future for Watch {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut shard = self.room.shard(self.key);
        let waiter =
            shard.get_mut(&self.key).and_then(|all| all.iter_mut().find(|w| w.ticket == self.ticket));
        let Some(waiter) = waiter else { return Poll::Ready(()) };
        match &mut waiter.waker {
            Some(waker) => waker.clone_from(context.waker()),
            none => *none = Some(context.waker().clone()),
        }
        Poll::Pending
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut shard = self.room.shard(self.key);
        let Some(waiters) = shard.get_mut(&self.key) else { return };
        if let Some(place) = waiters.iter().position(|w| w.ticket == self.ticket) {
            waiters.swap_remove(place);
            self.room.waiting.fetch_sub(1, Ordering::Relaxed);
        }
        if waiters.is_empty() {
            shard.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use std::task::Wake;

    use super::*;

    struct Counter(AtomicUsize);

    impl Wake for Counter {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn key(n: u8) -> WaitKey {
        WaitKey::of_hash([n; 32])
    }

    fn is_ready(watch: &mut Watch, counter: &Arc<Counter>) -> bool {
        let waker = Waker::from(Arc::clone(counter));
        Pin::new(watch).poll(&mut Context::from_waker(&waker)).is_ready()
    }

    #[test]
    fn a_decision_wakes_those_who_wait_for_it_and_nobody_else() {
        let room = Arc::new(WaitingRoom::new(10));
        let counter = Arc::new(Counter(AtomicUsize::new(0)));
        let (mut one, mut other) = (room.watch(key(1)).unwrap(), room.watch(key(2)).unwrap());
        assert!(!is_ready(&mut one, &counter) && !is_ready(&mut other, &counter));
        room.wake(key(1));
        assert_eq!(counter.0.load(Ordering::SeqCst), 1);
        assert!(is_ready(&mut one, &counter) && !is_ready(&mut other, &counter));
        assert_eq!(room.len(), 1);
    }

    #[test]
    fn a_decision_between_subscribing_and_waiting_is_not_missed() {
        let room = Arc::new(WaitingRoom::new(10));
        let mut watch = room.watch(key(1)).unwrap();
        room.wake(key(1));
        assert!(is_ready(&mut watch, &Arc::new(Counter(AtomicUsize::new(0)))));
    }

    #[test]
    fn who_goes_away_leaves_nothing_behind() {
        let room = Arc::new(WaitingRoom::new(10));
        let watches: Vec<_> = (0..10).map(|n| room.watch(key(n)).unwrap()).collect();
        assert!(room.watch(key(99)).is_none(), "the room is full");
        drop(watches);
        assert!(room.is_empty());
        assert!(room.shards.iter().all(|s| s.lock().unwrap().is_empty()));
        assert!(room.watch(key(99)).is_some());
    }

    #[test]
    fn only_a_few_wait_for_the_same() {
        let room = Arc::new(WaitingRoom::new(100));
        let mut watches: Vec<_> = (0..PER_SIGN_IN).map(|_| room.watch(key(1)).unwrap()).collect();
        assert!(room.watch(key(1)).is_none());
        watches.pop();
        assert!(room.watch(key(1)).is_some());
    }

    #[test]
    fn a_closed_room_lets_all_go_and_nobody_in() {
        let room = Arc::new(WaitingRoom::new(10));
        let counter = Arc::new(Counter(AtomicUsize::new(0)));
        let mut watch = room.watch(key(1)).unwrap();
        assert!(!is_ready(&mut watch, &counter));
        room.close();
        assert!(is_ready(&mut watch, &counter));
        assert!(room.watch(key(1)).is_none());
    }

    #[test]
    fn a_key_survives_the_way_to_another_replica() {
        let sent = WaitKey::of_hash([0xab; 32]);
        assert_eq!(WaitKey::read(&sent.to_string()), Some(sent));
        assert_eq!(WaitKey::read("ab"), None);
        assert_eq!(WaitKey::read(&"x".repeat(32)), None);
        assert_eq!(format!("{sent:?}"), "WaitKey");
    }

    #[test]
    fn a_waiting_poll_is_small() {
        assert!(size_of::<Watch>() <= 32, "{}", size_of::<Watch>());
        assert!(size_of::<Waiter>() <= 24, "{}", size_of::<Waiter>());
    }
}
