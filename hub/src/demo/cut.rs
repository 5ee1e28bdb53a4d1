//! A link that is cut: a proxy on loopback that ends connections in the middle, so that the demo and tests show what a bad network does.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// A proxy that cuts.
pub struct CutLink {
    address: SocketAddr,
    state: Arc<State>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct State {
    cuts: AtomicU32,
    up_bytes: AtomicU64,
    down_bytes: AtomicU64,
    plan: Mutex<VecDeque<u64>>,
}

impl State {
    fn plan(&self) -> MutexGuard<'_, VecDeque<u64>> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many of `n` bytes may pass, and whether the link is cut after them.
    fn pass(&self, n: usize) -> (usize, bool) {
        let mut plan = self.plan();
        let Some(left) = plan.front_mut() else { return (n, false) };
        let pass = n.min(usize::try_from(*left).unwrap_or(n));
        *left -= pass as u64;
        let cut = *left == 0;
        if cut {
            plan.pop_front();
        }
        (pass, cut)
    }
}

impl CutLink {
    /// Listens on loopback and forwards to `target`; whole until [`Self::cut_after`].
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(target: SocketAddr) -> std::io::Result<Self> {
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((device, _)) = listener.accept().await {
                tokio::spawn(forward(device, target, Arc::clone(&shared)));
            }
        });
        Ok(Self { address, state, task })
    }

    /// Each number cuts a connection after so many further bytes from the device, one after the other.
    pub fn cut_after(&self, bytes: &[u64]) {
        self.state.plan().extend(bytes);
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections it has cut.
    pub fn cuts(&self) -> u32 {
        self.state.cuts.load(Ordering::SeqCst)
    }

    /// Bytes towards the hub and back.
    pub fn bytes(&self) -> (u64, u64) {
        (self.state.up_bytes.load(Ordering::SeqCst), self.state.down_bytes.load(Ordering::SeqCst))
    }
}

impl Drop for CutLink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn forward(mut device: TcpStream, target: SocketAddr, state: Arc<State>) {
    let Ok(mut hub) = TcpStream::connect(target).await else { return };
    let (mut from_device, mut to_device) = device.split();
    let (mut from_hub, mut to_hub) = hub.split();
    let up = async {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let Ok(n) = from_device.read(&mut buffer).await else { return false };
            if n == 0 {
                return false;
            }
            let (pass, cut) = state.pass(n);
            state.up_bytes.fetch_add(pass as u64, Ordering::SeqCst);
            if to_hub.write_all(&buffer[..pass]).await.is_err() {
                return false;
            }
            if cut {
                return true;
            }
        }
    };
    let down = async {
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(n) = from_hub.read(&mut buffer).await {
            state.down_bytes.fetch_add(n as u64, Ordering::SeqCst);
            if n == 0 || to_device.write_all(&buffer[..n]).await.is_err() {
                return false;
            }
        }
        false
    };
    let cut = tokio::select! { cut = up => cut, cut = down => cut };
    if cut {
        state.cuts.fetch_add(1, Ordering::SeqCst);
    }
    // Dropping both ends is what a lost network looks like from either side.
}
